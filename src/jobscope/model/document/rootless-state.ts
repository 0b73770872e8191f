/**
 * An attempt whose own span never came: still running, or its worker is gone. It is called orphaned only on evidence, and the
 * evidence is part of the document.
 */
import type { Attempt, Evidence, Job } from "../job-document.js";
import type { AttemptTrace, JobTrace } from "../job-trace.js";
import type { ReadingRules, Surroundings, WorkerSign } from "../surroundings.js";
import { formatInstant, NANOS_PER_SECOND, type UnixNano, unixNano } from "../time.js";
import { spansOfAttempt, workerOf } from "./attempt-facts.js";

export interface RootlessState {
  readonly state: "running" | "orphaned";
  readonly detail: Extract<Job["state_detail"], "worker_gone" | "silent"> | null;
  readonly evidence: readonly Evidence[];
}

export function rootlessState(
  trace: JobTrace,
  attempt: AttemptTrace,
  surroundings: Surroundings,
  rules: ReadingRules,
): RootlessState {
  const last = lastSpan(attempt);
  const gone = [
    ...startedAgain(trace, attempt),
    ...(surroundings.signs.get(attempt) ?? []).flatMap((sign) => goneBy(sign, attempt)),
  ];
  if (gone.length > 0)
    return { state: "orphaned", detail: "worker_gone", evidence: [...last, ...gone] };
  const silence = silenceOf(attempt, surroundings, rules);
  if (silence !== undefined)
    return { state: "orphaned", detail: "silent", evidence: [...last, silence] };
  return { state: "running", detail: null, evidence: last };
}

function lastSpan(attempt: AttemptTrace): readonly Evidence[] {
  const spans = spansOfAttempt(attempt);
  const [first, ...rest] = spans;
  if (first === undefined) return [];
  const last = rest.reduce((latest, span) => (span.end >= latest.end ? span : latest), first);
  const from = workerText(workerOf(attempt));
  return [
    {
      at: formatInstant(last.end),
      text: `last span from ${from}`,
      span_id: last.spanId,
    },
  ];
}

export function workerText(worker: Attempt["worker"]): string {
  if (worker === null) return "a worker that is not recorded";
  const parts = [
    worker.host ?? "",
    worker.pid === null ? "" : `pid ${worker.pid}`,
    worker.thread === null ? "" : `thread ${worker.thread}`,
  ];
  return parts.filter(Boolean).join(" ");
}

/** The same jid runs again without this attempt having ended: reliable fetch gave it to another worker. */
function startedAgain({ attempts }: JobTrace, attempt: AttemptTrace): readonly Evidence[] {
  const begin = beginOf(attempt);
  const again = attempts
    .slice(attempts.indexOf(attempt) + 1)
    .find((each) => beginOf(each) >= begin);
  const span = again && (again.root ?? again.activeJob ?? again.start ?? again.spans[0]);
  if (again === undefined || span === undefined) return [];
  return [
    {
      at: formatInstant(beginOf(again)),
      text: `the same jid started again on ${workerText(workerOf(again))}`,
      span_id: span.spanId,
    },
  ];
}

function beginOf(attempt: AttemptTrace): UnixNano {
  const span = attempt.root ?? attempt.activeJob ?? attempt.start ?? attempt.spans[0];
  return span?.start ?? unixNano(0n);
}

function goneBy(sign: WorkerSign, attempt: AttemptTrace): readonly Evidence[] {
  const at = formatInstant(sign.at);
  if (sign.kind === "other_pid") {
    const own = workerOf(attempt)?.pid;
    const place = sign.host ?? sign.service ?? "the same service";
    const doubt = sign.host === undefined ? " (host not recorded)" : "";
    const text = `${place} sends as pid ${sign.pid} since then, and pid ${own ?? "?"} no more${doubt}`;
    return [{ at, text, span_id: sign.spanId }];
  }
  if (sign.kind === "thread_moved_on") {
    const text = `the same thread ${sign.thread} started job ${sign.jid}`;
    return [{ at, text, span_id: sign.spanId }];
  }
  return [];
}

/** Nothing for long while others sent: a collector that was off would make everything silent. */
function silenceOf(
  attempt: AttemptTrace,
  { newest, signs }: Surroundings,
  { orphanAfter }: ReadingRules,
): Evidence | undefined {
  const own = signs.get(attempt) ?? [];
  const others = own.some(({ kind }) => kind === "others_send");
  const lives = own.some(({ kind }) => kind === "worker_sends");
  const due = unixNano(attempt.receivedAt + orphanAfter);
  if (!others || lives || newest < due) return undefined;
  const minutes = Number(orphanAfter / NANOS_PER_SECOND) / 60;
  const text = `nothing more for this jid in ${minutes}m (orphan_after), while spans came from elsewhere`;
  return { at: formatInstant(due), text, span_id: null };
}
