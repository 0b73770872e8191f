/**
 * Mode job: one trace for each job, with its enqueue, its attempts and everything under them, and its waits. Spans of no job
 * are not sent.
 *
 * Which job a span belongs to may be known only when a later record brings the job's own span. So each chunk of the log is
 * looked at together with what came before, and what belongs to a job now and did not before is sent. That is a function
 * of the log alone: after a crash the same chunk gives the same spans.
 */
import type { Span } from "../jobscope/model/span.js";
import { type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { keepBatches } from "../jobscope/store/keep-batches.js";
import type { ResourcePart } from "../otlp/request-parts.js";
import type { ScannedNode } from "../processor/scanned-nodes.js";
import { spansOf } from "../processor/span-from-otlp.js";
import { type BatchSpans, batchSpans } from "./batch-spans.js";
import { type ChunkBatches, chunkOf, readRecords } from "./chunk-batches.js";
import { deliveriesOf } from "./deliver.js";
import type { ForwardSource } from "./forward-source.js";
import { grouped } from "../jobscope/model/grouped.js";
import { type JobContext, livesOf, makeLife, putJobSpans } from "./job-request.js";
import { type JobShare, shareOf } from "./job-share.js";

export interface JobSourceOptions {
  readonly now: () => UnixNano;
}

/** Jobs that failed a moment ago and may be tried again. More are taken for over at once. */
const WAITING_MAX = 100_000;

/** Of earlier records that jobs go on from. Inflated bytes. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** How long before a restart a job may have failed and be waited for. Nanoseconds. */
const RECALLED_NANOS = 60_000_000_000n;

export function createJobSource(source: JobStoreReader, { now }: JobSourceOptions): ForwardSource {
  const kept = keepBatches(source, KEPT_BYTES_MAX);
  /** When the last stretch of a job's life is over, unless the job goes on before. */
  const waiting = new Map<string, UnixNano>();
  let isRecalled = false;

  /** After a restart nobody remembers who was waited for. */
  async function recall(): Promise<void> {
    const since = unixNano(now() - RECALLED_NANOS);
    for await (const { jobId } of source.jobs({ since, marks: ({ failed }) => failed }))
      waiting.set(jobId, unixNano(0n));
  }

  function takeDue(): readonly string[] {
    const time = now();
    const due = [...waiting].filter(([, at]) => at <= time || waiting.size > WAITING_MAX);
    for (const [jid] of due) waiting.delete(jid);
    return due.map(([jid]) => jid);
  }

  /** What is over is sent; what may go on is waited for. `isNews`: of this chunk, not of a wait that ended. */
  function settleLife(context: JobContext, isNews: boolean): void {
    const { jid, added } = context.share;
    const addedIds = new Set<string>([...added].map(({ spanId }) => spanId));
    for (const stretch of livesOf(context)) {
      if (isNews && !addedIds.has(stretch.last.spanId)) continue;
      if (stretch.due > now() && stretch.last.outcome !== "completed") {
        waiting.set(jid, stretch.due);
      } else if (isNews || stretch.last.outcome !== "completed") {
        waiting.delete(jid);
        makeLife(context, stretch);
      }
    }
  }

  return {
    async next(from, bytesMax) {
      if (!isRecalled) await recall();
      isRecalled = true;
      const due = takeDue();
      const records = await readRecords(source, from);
      if (records.end === from && due.length === 0) return undefined;
      // Taken when the records are read, so that it knows all that is before their end.
      const snapshot = source.snapshot();
      try {
        const reader = { ...snapshot, read: (lsn: Lsn) => kept.read(lsn) };
        const chunk = chunkOf(reader, from, records);
        const work = await openWork(chunk, await sharesOf(reader, chunk, due));
        for (const context of work.jobs) {
          putJobSpans(context);
          settleLife(context, !due.includes(context.share.jid));
        }
        return { deliveries: deliveriesOf(work.parts(), bytesMax), next: chunk.end };
      } finally {
        await snapshot.close();
      }
    },
  };
}

/** The jobs that a chunk brings news of, and those that were waited for, in the order of the chunk. */
async function sharesOf(
  reader: JobStoreReader,
  chunk: ChunkBatches,
  due: readonly string[],
): Promise<readonly JobShare[]> {
  const shares: JobShare[] = [];
  const seen = new Set<string>();
  const attributed = new Set<string>();
  const look = async (jid: string, isDue = false): Promise<void> => {
    if (seen.has(jid)) return;
    seen.add(jid);
    const share = await shareOf(reader, jid, chunk);
    if (share === undefined || (share.added.size === 0 && !isDue)) return;
    shares.push(share);
    for (const { traceId, spanId } of share.added) attributed.add(traceId + spanId);
  };
  for (const jid of due) await look(jid, true);
  for (const node of chunk.nodes) for (const jid of jidsOf(node)) await look(jid);
  // Late spans name no job: the job's own span came before.
  const late = chunk.nodes.filter(({ traceId, spanId }) => !attributed.has(traceId + spanId));
  for (const traceId of new Set(late.map((node) => node.traceId)))
    for (const node of await chunk.nodesOf(traceId))
      if (node.lsn < chunk.from) for (const jid of jidsOf(node)) await look(jid);
  return shares;
}

function jidsOf({ job, stamp }: ScannedNode): readonly string[] {
  const own = job !== undefined && job.role !== "active_job_enqueue" ? [job.jid] : [];
  return stamp === undefined ? own : [...own, stamp];
}

interface Work {
  readonly jobs: readonly JobContext[];
  /** What was put into the requests. */
  parts(): readonly ResourcePart[];
}

/** Loads and decodes what the shares need, so that the rest is done without waiting. */
async function openWork(chunk: ChunkBatches, shares: readonly JobShare[]): Promise<Work> {
  const rootsWanted = shares.flatMap(rootsToDecode);
  const wanted = new Set([...shares.flatMap(({ added }) => [...added]), ...topsOf(shares)]);
  const batches = new Map<Lsn, StoredBatch>();
  for (const { lsn } of wanted) {
    const batch = batches.get(lsn) ?? (await chunk.batch(lsn));
    if (batch !== undefined) batches.set(lsn, batch);
  }
  const roots = decodeRoots(rootsWanted, batches);
  const opened = new Map<Lsn, BatchSpans>();
  const open = (lsn: Lsn): BatchSpans | undefined => {
    const batch = batches.get(lsn);
    const known = opened.get(lsn) ?? (batch && batchSpans(batch.raw()));
    if (known !== undefined) opened.set(lsn, known);
    return known;
  };
  return {
    jobs: shares.map((share) => ({
      share,
      roots,
      receivedAt: ({ lsn }) => batches.get(lsn)?.receivedAt ?? unixNano(0n),
      spansOf: ({ lsn }) => open(lsn),
    })),
    parts: () => [...opened.values()].flatMap((batch) => batch.parts()),
  };
}

function topsOf(shares: readonly JobShare[]): readonly ScannedNode[] {
  return shares.flatMap(({ group }) =>
    group.attempts
      .map(({ root, activeJob }) => root ?? activeJob)
      .filter((top) => top !== undefined),
  );
}

/** Those that are new, for their times, and those that ended in an error, for which. */
function rootsToDecode({ group, rows, added }: JobShare): readonly ScannedNode[] {
  const failed = new Set(
    rows.filter(({ status }) => status === "error").map(({ traceId, spanId }) => traceId + spanId),
  );
  return group.attempts
    .map(({ root, activeJob }) => root ?? activeJob)
    .filter((top) => top !== undefined)
    .filter((top, at) => at === 0 || added.has(top) || failed.has(top.traceId + top.spanId));
}

function decodeRoots(
  wanted: readonly ScannedNode[],
  batches: ReadonlyMap<Lsn, StoredBatch>,
): ReadonlyMap<ScannedNode, Span> {
  const roots = new Map<ScannedNode, Span>();
  for (const [lsn, nodes] of grouped(new Set(wanted), (node) => node.lsn)) {
    const batch = batches.get(lsn);
    if (batch === undefined) continue;
    const byIndex = new Map(nodes.map((node) => [node.index, node]));
    const order: ScannedNode[] = [];
    const spans = spansOf(batch.raw(), (index) => {
      const node = byIndex.get(index);
      if (node !== undefined) order.push(node);
      return node !== undefined;
    });
    for (const [at, span] of spans.entries()) {
      const node = order[at];
      if (node !== undefined) roots.set(node, span);
    }
  }
  return roots;
}
