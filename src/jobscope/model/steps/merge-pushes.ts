/**
 * One push is one line: ActiveJob's span around the job system's, and the write to Redis that follows beside them.
 *
 * The span of a push ends before the write, which is a later sibling: LPUSH for now, ZADD for later. One write may be of
 * many pushes, and says of how many by its arguments; what was pushed without one (a middleware stopped it) has none.
 */
import { formatDelay } from "../duration-text.js";
import { textAttribute } from "../span.js";
import { formatInstant, NANOS_PER_SECOND, type UnixNano, unixNano } from "../time.js";
import type { DraftStep } from "./draft-step.js";
import { type Merging, NEIGHBOURS_MAX } from "./merging.js";

export function mergePushes(merging: Merging): void {
  const { families, forest, draftOf, into } = merging;
  for (const family of families) {
    let waiting: DraftStep[] = [];
    let since = 0;
    for (const draft of family) {
      since = draft.kind === "enqueue" ? 0 : since + 1;
      if (since > NEIGHBOURS_MAX) waiting = [];
      const write = waiting.length === 0 ? undefined : queueWrite(draft);
      if (write !== undefined) {
        const last = waiting.at(-1);
        if (last !== undefined) into(draft.span, last.span);
        const written = write.jobs === undefined ? waiting : waiting.slice(-write.jobs);
        for (const push of written) applyWrite(push, write, merging);
        waiting = waiting.slice(0, waiting.length - written.length);
      }
      if (draft.detail?.type !== "enqueue") continue;
      waiting.push(draft);
      const parent = forest.parentOf(draft.span);
      const outer = parent && draftOf(parent);
      if (outer?.kind === "enqueue" && outer.detail === null) {
        into(outer.span, draft.span);
        const due = dueAttribute(outer);
        if (due !== undefined) setDue(draft, due, merging);
      }
    }
  }
}

interface QueueWrite {
  readonly scheduled: boolean;
  /** Written at once; undefined: the text was cut, so any number. */
  readonly jobs: number | undefined;
  /** Only where the statement was recorded with its values. */
  readonly due: UnixNano | undefined;
}

function queueWrite({ detail, span }: DraftStep): QueueWrite | undefined {
  if (detail?.type !== "redis") return undefined;
  const text = textAttribute(span.attributes, "db.statement", "db.query.text") ?? "";
  const line = text.split("\n").find((each) => /^(?:LPUSH|ZADD)\b/i.test(each.trim()));
  if (line === undefined) return undefined;
  const words = line.trim().split(/\s+/);
  const scheduled = words[0]?.toUpperCase() === "ZADD";
  // Obfuscated, each argument is a `?`: the key, then a job, or a score and a job.
  const values = words.slice(2);
  const isCounted = !detail.truncated && values.every((word) => word === "?");
  const jobs = isCounted ? Math.max(1, Math.floor(values.length / (scheduled ? 2 : 1))) : undefined;
  return { scheduled, jobs, due: scheduled ? secondsSinceEpoch(values[0]) : undefined };
}

function applyWrite(push: DraftStep, { scheduled, due }: QueueWrite, merging: Merging): void {
  if (!scheduled) return;
  if (due === undefined) merging.change(push, { title: `${push.title}, scheduled` });
  else setDue(push, due, merging);
}

function setDue(push: DraftStep, due: UnixNano, { change }: Merging): void {
  if (push.detail?.type !== "enqueue") return;
  change(push, {
    title: `${push.title}, in ${formatDelay(Number(due - push.span.start))}`,
    detail: { ...push.detail, due_at: formatInstant(due) },
  });
}

/** ActiveJob's instrumentation up to 0.6.1 records when a job is due. */
function dueAttribute({ span }: DraftStep): UnixNano | undefined {
  const text = textAttribute(
    span.attributes,
    "messaging.active_job.message.scheduled_at",
    "messaging.active_job.scheduled_at",
  );
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return (
    secondsSinceEpoch(text) ??
    (Number.isNaN(time) ? undefined : unixNano(BigInt(time) * 1_000_000n))
  );
}

/** `1772529731.04`, as Ruby writes a time into Redis. */
function secondsSinceEpoch(text: string | undefined): UnixNano | undefined {
  const [, whole, part = ""] = /^(\d{9,11})(?:\.(\d{1,9}))?\d*$/.exec(text ?? "") ?? [];
  if (whole === undefined) return undefined;
  return unixNano(BigInt(whole) * NANOS_PER_SECOND + BigInt(part.padEnd(9, "0")));
}
