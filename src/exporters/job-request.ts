/** A job's spans as they are sent: in the job's own trace, under the job's own span, with what the job is beside what they were. */
import { enqueuedAt, createdAt } from "../jobscope/model/document/job-times.js";
import { errorOfSpan } from "../jobscope/model/errors/error-info.js";
import { isInterruption } from "../jobscope/model/errors/interruption.js";
import type { Span } from "../jobscope/model/span.js";
import { between, type DurationNano, NANOS_PER_MS, type UnixNano } from "../jobscope/model/time.js";
import { encodeSpan } from "../otlp/encode-span.js";
import { encodeAttributes, rewriteSpan, textAttributeOf } from "../otlp/rewrite-span.js";
import { type AttemptGroup, nodesOfAttempt } from "../processor/job-grouping.js";
import type { ScannedNode } from "../processor/scanned-nodes.js";
import type { BatchSpans } from "./batch-spans.js";
import { madeSpanId, traceIdOfJob } from "./job-ids.js";
import { type LifeAttempt, type LifeStretch, lifeStretches } from "./job-life.js";
import type { JobShare } from "./job-share.js";

export interface JobContext {
  readonly share: JobShare;
  /** Root spans of its attempts, decoded: those that are new, and those that ended in an error. */
  readonly roots: ReadonlyMap<ScannedNode, Span>;
  /** When a record was received. */
  readonly receivedAt: (node: ScannedNode) => UnixNano;
  /** The spans of the record that the node is in. */
  readonly spansOf: (node: ScannedNode) => BatchSpans | undefined;
}

/** Puts every span that the chunk adds to the job into its record's request, and its waits. */
export function putJobSpans(context: JobContext): void {
  const { share, spansOf } = context;
  const traceId = traceIdOfJob(share.jid);
  const jobSpan = madeSpanId(share.jid, "job");
  const facts = jobFacts(share);
  const put = (node: ScannedNode, parentSpanId: Buffer | undefined, attributes: Buffer): void => {
    const spans = spansOf(node);
    const span = spans?.span(node.index);
    if (spans === undefined || span === undefined || !share.added.has(node)) return;
    const original = originalIds(node, parentSpanId !== undefined);
    const changes = { traceId, parentSpanId, attributes: [attributes, original] };
    spans.put(node.index, rewriteSpan(span, changes));
  };

  // A job may push itself anew: then its enqueue is a step of an attempt as well.
  const inAttempts = new Set(share.group.attempts.flatMap(nodesOfAttempt));
  for (const { node } of share.group.enqueues)
    if (!inAttempts.has(node)) put(node, jobSpan, encodeAttributes(facts));
  for (const [at, attempt] of share.group.attempts.entries()) {
    const number = at + 1;
    const wait = waitBefore(context, at);
    const top = attempt.root ?? attempt.activeJob;
    const inside = encodeAttributes({ ...facts, "job.attempt": number });
    if (top !== undefined) {
      put(top, jobSpan, encodeAttributes({ ...facts, "job.attempt": number, ...waitFacts(wait) }));
      if (wait !== undefined && share.added.has(top)) makeWait(context, top, wait);
    }
    const { activeJob } = attempt;
    if (activeJob !== undefined && activeJob !== top) {
      // Its trace is its own; without a parent in it, it hangs under the run that it is part of.
      const parent = hasParentIn(activeJob, attempt)
        ? undefined
        : idBytes(attempt.root?.spanId ?? "");
      put(activeJob, parent, inside);
    }
    for (const member of nodesOfAttempt(attempt)) {
      if (member === attempt.root || member === activeJob) continue;
      const isTop = top === undefined && member.parentSpanId === undefined;
      put(member, isTop ? jobSpan : undefined, inside);
    }
  }
}

const ORIGINAL_TRACE = textAttributeOf("jobtrace.original.trace_id", 32);
const ORIGINAL_SPAN = textAttributeOf("jobtrace.original.span_id", 16);
const ORIGINAL_PARENT = textAttributeOf("jobtrace.original.parent_span_id", 16);

/** What a span's ids were, as attributes. `isMoved`: it gets another parent. */
function originalIds({ traceId, spanId, parentSpanId }: ScannedNode, isMoved: boolean): Buffer {
  const parent = isMoved ? parentSpanId : undefined;
  const out = Buffer.allocUnsafe(
    ORIGINAL_TRACE.bytes + ORIGINAL_SPAN.bytes + (parent === undefined ? 0 : ORIGINAL_PARENT.bytes),
  );
  const end = ORIGINAL_SPAN.write(out, ORIGINAL_TRACE.write(out, 0, traceId), spanId);
  if (parent !== undefined) ORIGINAL_PARENT.write(out, end, parent);
  return out;
}

/** What is known of a job on each of its spans. */
function jobFacts({ jid, rows }: JobShare): Readonly<Record<string, string | undefined>> {
  const named = rows.toReversed();
  return {
    "job.id": jid,
    "job.class": named.find(({ jobClass }) => jobClass !== "")?.jobClass,
    "job.queue": named.find(({ queue }) => queue !== "")?.queue,
  };
}

interface Wait {
  readonly kind: "queue" | "backoff";
  readonly from: UnixNano;
  readonly to: UnixNano;
}

/** In the queue before the first attempt; from the end of the attempt before, for the others. */
function waitBefore({ share, roots }: JobContext, at: number): Wait | undefined {
  const attempt = share.group.attempts[at];
  const top = attempt?.root ?? attempt?.activeJob;
  const before = share.group.attempts[at - 1];
  const previous = before?.root ?? before?.activeJob;
  if (top === undefined) return undefined;
  if (previous !== undefined)
    return previous.end <= top.start
      ? { kind: "backoff", from: previous.end, to: top.start }
      : undefined;
  const root = roots.get(top);
  const pushed = (root && enqueuedAt(root)) ?? share.group.enqueues[0]?.node.end;
  return pushed !== undefined && pushed <= top.start
    ? { kind: "queue", from: pushed, to: top.start }
    : undefined;
}

function waitFacts(wait: Wait | undefined): Readonly<Record<string, number>> {
  if (wait === undefined) return {};
  const ms = milliseconds(between(wait.from, wait.to));
  return wait.kind === "queue" ? { "job.wait_ms": ms } : { "job.backoff_ms": ms };
}

function makeWait({ share, spansOf }: JobContext, top: ScannedNode, wait: Wait): void {
  const facts = jobFacts(share);
  const queue = facts["job.queue"];
  const name =
    wait.kind === "backoff"
      ? "waiting for the next attempt"
      : `waiting in queue${queue === undefined ? "" : ` ${queue}`}`;
  spansOf(top)?.make(
    top.index,
    encodeSpan({
      traceId: traceIdOfJob(share.jid),
      spanId: madeSpanId(share.jid, `wait before ${top.traceId} ${top.spanId}`),
      parentSpanId: madeSpanId(share.jid, "job"),
      name,
      start: wait.from,
      end: wait.to,
      attributes: { ...facts, ...waitFacts(wait) },
      error: undefined,
    }),
  );
}

/** The stretches of the job's life, from what is known of it at the end of the chunk. */
export function livesOf({ share, roots, receivedAt }: JobContext): readonly LifeStretch[] {
  const { attempts, enqueues } = share.group;
  const ended = attempts.flatMap(({ root, activeJob }): readonly LifeAttempt[] => {
    const top = root ?? activeJob;
    if (top === undefined) return [];
    const { start, end, spanId } = top;
    return [
      { spanId, start, end, outcome: outcomeOf(roots.get(top)), receivedAt: receivedAt(top) },
    ];
  });
  const first = attempts[0]?.root;
  const root = first && roots.get(first);
  const begin = enqueues[0]?.node.start ?? (root && createdAt(root)) ?? ended[0]?.start;
  return begin === undefined ? [] : lifeStretches(begin, ended);
}

function outcomeOf(root: Span | undefined): LifeAttempt["outcome"] {
  if (root === undefined || root.status.code !== "error") return "completed";
  const error = errorOfSpan(root);
  return error !== null && isInterruption(error.class) ? "interrupted" : "failed";
}

/** The span over a stretch of the job's life: the job's own, or what followed it under that. */
export function makeLife({ share, spansOf }: JobContext, stretch: LifeStretch): void {
  const { number, last, start, end, attempts } = stretch;
  const top = share.group.attempts
    .map(({ root, activeJob }) => root ?? activeJob)
    .find((node) => node?.spanId === last.spanId);
  if (top === undefined) return;
  const facts = jobFacts(share);
  const name = facts["job.class"] ?? share.jid;
  const jobSpan = madeSpanId(share.jid, "job");
  const state = { completed: "completed", failed: "failed", interrupted: "queued" }[last.outcome];
  spansOf(top)?.make(
    top.index,
    encodeSpan({
      traceId: traceIdOfJob(share.jid),
      spanId: number === 0 ? jobSpan : madeSpanId(share.jid, `job ${number}`),
      parentSpanId: number === 0 ? undefined : jobSpan,
      name: number === 0 ? name : `${name} goes on`,
      start,
      end,
      attributes: { ...facts, "job.state": state, "job.attempts": attempts },
      error: last.outcome === "failed" ? "" : undefined,
    }),
  );
}

/** The job's own span where no attempt of it has ended: over what was recorded so far. */
export function makeRecordedLife({ share, spansOf }: JobContext, state: string): void {
  const nodes = [...share.added];
  const [first] = nodes;
  if (first === undefined) return;
  const facts = jobFacts(share);
  const start = nodes.reduce(
    (least, node) => (node.start < least ? node.start : least),
    first.start,
  );
  const end = nodes.reduce((most, node) => (node.end > most ? node.end : most), first.end);
  spansOf(first)?.make(
    first.index,
    encodeSpan({
      traceId: traceIdOfJob(share.jid),
      spanId: madeSpanId(share.jid, "job"),
      parentSpanId: undefined,
      name: facts["job.class"] ?? share.jid,
      start,
      end,
      attributes: { ...facts, "job.state": state, "job.attempts": share.group.attempts.length },
      error: undefined,
    }),
  );
}

function hasParentIn(node: ScannedNode, attempt: AttemptGroup<ScannedNode>): boolean {
  return nodesOfAttempt(attempt).some(
    ({ traceId, spanId }) => traceId === node.traceId && spanId === node.parentSpanId,
  );
}

function idBytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

function milliseconds(duration: DurationNano): number {
  return Number(duration / NANOS_PER_MS);
}
