/**
 * Reads one job's spans out of the store: rows by jid, their traces, the batches those are in, and of these
 * only the job's own spans are decoded.
 */
import type { Jid, SpanId } from "../jobscope/model/ids.js";
import type {
  AttemptTrace,
  EnqueuedBy,
  EnqueueTrace,
  JobTrace,
  Push,
} from "../jobscope/model/job-trace.js";
import type { Span } from "../jobscope/model/span.js";
import { NANOS_PER_SECOND, type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import {
  type AttemptGroup,
  type EnqueueGroup,
  type JobGroup,
  nodesOfAttempt,
} from "./job-grouping.js";
import { type JobRecords, type ReadRecordsOptions, readJobRecords } from "./job-records.js";
import { type KnownSpans, knownSpans } from "./known-spans.js";
import { wasScheduled } from "./push-target.js";
import { readJobLogs } from "./read-job-logs.js";
import type { ScannedNode } from "./scanned-nodes.js";

export interface ReadTraceOptions extends ReadRecordsOptions {
  /** Whether the job's log lines are read too; not for whoever looks at many jobs. */
  readonly logs?: boolean;
}

/** undefined: no span of this store names the jid. */
export async function readJobTrace(
  reader: JobStoreReader,
  jid: Jid,
  { logs = true, ...options }: ReadTraceOptions = {},
): Promise<JobTrace | undefined> {
  const records = await readJobRecords(reader, jid, options);
  if (records === undefined) return undefined;
  const trace = traceOf(records);
  if (!logs) return trace;
  const { group, nodes, traceIds } = records;
  const known = (): KnownSpans => knownSpans(trace.attempts, group, nodes);
  return { ...trace, logs: await readJobLogs(reader, jid, traceIds, known) };
}

/** Its spans decoded, without its log lines. */
export function traceOf({ jid, group, batches, source, unread }: JobRecords): JobTrace {
  const spans = decodeNodes({ batches, source }, nodesOfGroup(group));
  const times = (node: ScannedNode): UnixNano => batches.get(node.lsn)?.receivedAt ?? unixNano(0n);
  return {
    jid,
    ...factsOf(group),
    enqueues: group.enqueues.map((enqueue) => enqueueTrace(enqueue, spans)),
    attempts: group.attempts
      .map((attempt) => attemptTrace(attempt, spans, times))
      // A parent that was not read is not one that never came.
      .map((attempt) => (unread === 0 ? attempt : { ...attempt, missingParents: [] })),
    outside: group.outside.map((node) => spans.get(node)).filter((span) => span !== undefined),
    asOf: latest([...batches.values()].map(({ receivedAt }) => receivedAt)),
    lateSpans: group.attempts.reduce((sum, attempt) => sum + lateSpans(attempt, times), 0),
    unreadBatches: unread,
  };
}

function nodesOfGroup(group: JobGroup<ScannedNode>): ReadonlySet<ScannedNode> {
  const wanted = new Set<ScannedNode>();
  for (const { node, by, followers } of group.enqueues) {
    for (const each of [node, by, ...followers]) if (each !== undefined) wanted.add(each);
  }
  for (const attempt of group.attempts) {
    for (const each of nodesOfAttempt(attempt)) wanted.add(each);
  }
  for (const each of group.outside) wanted.add(each);
  return wanted;
}

type DecodedSpans = ReadonlyMap<ScannedNode, Span>;

function decodeNodes(
  { batches, source }: Pick<JobRecords, "batches" | "source">,
  nodes: ReadonlySet<ScannedNode>,
): DecodedSpans {
  const byBatch = new Map<Lsn, Map<number, ScannedNode>>();
  for (const node of nodes) {
    const inBatch = byBatch.get(node.lsn) ?? new Map<number, ScannedNode>();
    byBatch.set(node.lsn, inBatch.set(node.index, node));
  }
  const decoded = new Map<ScannedNode, Span>();
  for (const [lsn, wanted] of byBatch) {
    const batch = batches.get(lsn);
    if (batch === undefined) continue;
    for (const [node, span] of source.decode(batch, wanted)) decoded.set(node, span);
  }
  return decoded;
}

/** What the spans' classification says of the job as a whole; the runs know better than the pushes. */
function factsOf(
  group: JobGroup<ScannedNode>,
): Pick<JobTrace, "activeJobId" | "jobClass" | "queue" | "stamped"> {
  const runs = group.attempts.flatMap(({ root, activeJob, start }) =>
    [root, activeJob, start].map((node) => node?.job),
  );
  const pushes = group.enqueues.map(({ node }) => node.job);
  let activeJobId: string | undefined;
  let jobClass: string | undefined;
  let queue: string | undefined;
  for (const job of [...runs, ...pushes]) {
    if (job === undefined || job.role === "member" || job.role === "outside") continue;
    if ("activeJobId" in job) activeJobId ??= job.activeJobId;
    if (job.jobClass !== "") jobClass ??= job.jobClass;
    if (job.queue !== "") queue ??= job.queue;
  }
  activeJobId ??= group.enqueues.map(({ activeJobId: id }) => id).find((id) => id !== undefined);
  const stamped = group.attempts.some((attempt) =>
    nodesOfAttempt(attempt).some(({ stamp }) => stamp !== undefined),
  );
  return { activeJobId, jobClass, queue, stamped };
}

type ReceivedAt = (node: ScannedNode) => UnixNano;

function attemptTrace(
  attempt: AttemptGroup<ScannedNode>,
  spans: DecodedSpans,
  receivedAt: ReceivedAt,
): AttemptTrace {
  const decoded = (node: ScannedNode | undefined): Span | undefined =>
    node === undefined ? undefined : spans.get(node);
  return {
    root: decoded(attempt.root),
    activeJob: decoded(attempt.activeJob),
    start: decoded(attempt.start),
    knownBy: attempt.knownBy,
    receivedAt: latest(nodesOfAttempt(attempt).map(receivedAt)),
    spans: attempt.members.map(decoded).filter((span) => span !== undefined),
    pushes: new Map(attempt.members.flatMap(pushOf)),
    missingParents: attempt.missingParents,
  };
}

function pushOf({ spanId, job }: ScannedNode): readonly [SpanId, Push][] {
  if (job?.role === "enqueue") {
    return [[spanId, { kind: "job", jid: job.jid, jobClass: job.jobClass, queue: job.queue }]];
  }
  if (job?.role === "active_job_enqueue")
    return [[spanId, { kind: "active_job", jobClass: job.jobClass }]];
  return [];
}

function enqueueTrace(enqueue: EnqueueGroup<ScannedNode>, spans: DecodedSpans): EnqueueTrace {
  const span = spans.get(enqueue.node);
  if (span === undefined)
    throw new Error(`cannot decode span ${enqueue.node.spanId}: it was selected and is gone`);
  return {
    span,
    enqueuedBy: enqueuedBy(enqueue.by, spans),
    parentMissing: enqueue.parentMissing,
    scheduled: wasScheduled(
      enqueue.followers.map((node) => spans.get(node)).filter((each) => each !== undefined),
    ),
  };
}

function enqueuedBy(by: ScannedNode | undefined, spans: DecodedSpans): EnqueuedBy | undefined {
  const span = by === undefined ? undefined : spans.get(by);
  if (by === undefined || span === undefined) return undefined;
  return by.job?.role === "attempt" || by.job?.role === "active_job_attempt"
    ? { kind: "job", jid: by.job.jid, jobClass: by.job.jobClass, span }
    : { kind: "span", span };
}

/** Received so long after the attempt's own span, a span is late: senders gather for some seconds and try again for some more. */
const LATE_AFTER = 30n * NANOS_PER_SECOND;

/** By times of receipt alone, so that neither the sender's clock nor an import of an old recording counts. */
function lateSpans(attempt: AttemptGroup<ScannedNode>, receivedAt: ReceivedAt): number {
  const own = attempt.root ?? attempt.activeJob;
  if (own === undefined) return 0;
  const ended = receivedAt(own);
  return attempt.members.filter((node) => receivedAt(node) - ended > LATE_AFTER).length;
}

function latest(times: readonly UnixNano[]): UnixNano {
  return times.reduce((newest, time) => (time > newest ? time : newest), unixNano(0n));
}
