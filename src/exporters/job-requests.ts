/**
 * One job's records as OTLP requests, one for each record that holds some of them, in the order of the log: byte for byte as
 * they were received, or in the job's own trace as they are forwarded.
 *
 * Beside the job's own spans there are those that tell who enqueued it, so that a store that has only these requests tells
 * the same of the job.
 */
import type { Span } from "../jobscope/model/span.js";
import { type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { writeRequest } from "../otlp/request-parts.js";
import { withTraceId } from "../otlp/rewrite-log.js";
import { logSpanIdHex, logTraceIdHex } from "../otlp/scan-text.js";
import { nodesOfAttempt } from "../processor/job-grouping.js";
import type { JobRecords } from "../processor/job-records.js";
import { type KnownSpans, knownSpans } from "../processor/known-spans.js";
import { jobLogRecords } from "../processor/read-job-logs.js";
import { traceOf } from "../processor/read-job-trace.js";
import type { ScannedNode } from "../processor/scanned-nodes.js";
import { type BatchSpans, batchSpans } from "./batch-spans.js";
import { grouped } from "../jobscope/model/grouped.js";
import {
  type JobContext,
  livesOf,
  makeLife,
  makeRecordedLife,
  putJobSpans,
} from "./job-request.js";

export interface JobSpansOptions {
  /** By place, oldest first, from 0; undefined: all. */
  readonly attempt?: number | undefined;
  /** Whether the file has not got this span yet, where several jobs go into one. */
  readonly isNew?: ((node: ScannedNode) => boolean) | undefined;
}

/** As received. */
export function* receivedRequests(
  records: JobRecords,
  { attempt, isNew = () => true }: JobSpansOptions = {},
): Iterable<Buffer> {
  const wanted = new Set([...ownNodes(records, attempt), ...contextNodes(records)]);
  const byBatch = grouped([...wanted].filter(isNew), ({ lsn }) => lsn);
  for (const [lsn, batch] of records.batches) {
    const nodes = byBatch.get(lsn);
    if (nodes === undefined) continue;
    const spans = batchSpans(batch.raw());
    for (const { index } of [...nodes].sort((a, b) => a.index - b.index)) {
      const span = spans.span(index);
      if (span !== undefined) spans.put(index, span);
    }
    yield writeRequest(spans.parts());
  }
}

/** Under the job's trace id, with the job's own span and its waits, as the forwarder sends them. `state`: the job's. */
export function* jobTraceRequests(
  records: JobRecords,
  state: string,
  { attempt }: JobSpansOptions = {},
): Iterable<Buffer> {
  const { jid, rows, group, batches } = records;
  const added = ownNodes(records, attempt);
  const opened = new Map<Lsn, BatchSpans>();
  const spansOf = ({ lsn }: ScannedNode): BatchSpans | undefined => {
    const batch = batches.get(lsn);
    const known = opened.get(lsn) ?? (batch && batchSpans(batch.raw()));
    if (known !== undefined) opened.set(lsn, known);
    return known;
  };
  const context: JobContext = {
    share: { jid, rows, group, added },
    roots: decodedTops(records),
    receivedAt: ({ lsn }): UnixNano => batches.get(lsn)?.receivedAt ?? unixNano(0n),
    spansOf,
  };
  putJobSpans(context);
  const lives = livesOf(context);
  for (const stretch of lives) makeLife(context, stretch);
  if (lives.length === 0) makeRecordedLife(context, state);
  for (const lsn of batches.keys()) {
    const parts = opened.get(lsn)?.parts();
    if (parts !== undefined) yield writeRequest(parts);
  }
}

/** Its log lines, likewise; of one attempt those that name a span of it. `traceId`: the one that they get. */
export async function* logRequests(
  reader: JobStoreReader,
  records: JobRecords,
  { attempt }: JobSpansOptions = {},
  traceId?: Buffer,
): AsyncIterable<Buffer> {
  const { jid, group, nodes, traceIds } = records;
  const known = (): KnownSpans => knownSpans(traceOf(records).attempts, group, nodes);
  const own = ownSpanIds(records, { attempt });
  for await (const { batch, scan, logs } of jobLogRecords(reader, jid, traceIds, known)) {
    const wanted = [...logs.keys()].filter(
      (log) =>
        attempt === undefined ||
        own.has((logTraceIdHex(scan, log) ?? "") + (logSpanIdHex(scan, log) ?? "")),
    );
    if (wanted.length === 0) continue;
    // The messages around log records have the fields of those around spans.
    const parts = batchSpans(batch.raw());
    for (const log of wanted) {
      const record = parts.span(log);
      if (record !== undefined)
        parts.put(log, traceId === undefined ? record : withTraceId(record, traceId));
    }
    yield writeRequest(parts.parts());
  }
}

/** Trace id and span id, joined, as received. */
export function ownSpanIds(
  records: JobRecords,
  { attempt }: JobSpansOptions = {},
): ReadonlySet<string> {
  return new Set([...ownNodes(records, attempt)].map(({ traceId, spanId }) => traceId + spanId));
}

/** Those that are the job's itself: its pushes and what its attempts did. */
function ownNodes({ group }: JobRecords, attempt: number | undefined): Set<ScannedNode> {
  const attempts = group.attempts.filter((_, at) => attempt === undefined || at === attempt);
  return new Set([
    ...group.enqueues.map(({ node }) => node),
    ...attempts.flatMap(nodesOfAttempt),
    ...(attempt === undefined ? group.outside : []),
  ]);
}

/** Who pushed, the spans between, and what beside the push tells when the job was due. */
function contextNodes({ group, nodes }: JobRecords): ReadonlySet<ScannedNode> {
  const byId = new Map(nodes.map((node) => [node.traceId + node.spanId, node]));
  const context = new Set<ScannedNode>();
  for (const { node, by, followers } of group.enqueues) {
    let above: ScannedNode | undefined = node;
    while (by !== undefined && above !== undefined && above !== by) {
      above = byId.get(above.traceId + (above.parentSpanId ?? ""));
      if (above !== undefined) context.add(above);
    }
    for (const follower of followers) context.add(follower);
  }
  return context;
}

function decodedTops({ group, batches, source }: JobRecords): ReadonlyMap<ScannedNode, Span> {
  const tops = group.attempts
    .map(({ root, activeJob }) => root ?? activeJob)
    .filter((top) => top !== undefined);
  const decoded = new Map<ScannedNode, Span>();
  for (const [lsn, nodes] of grouped(new Set(tops), (node) => node.lsn)) {
    const batch = batches.get(lsn);
    if (batch === undefined) continue;
    const byIndex = new Map(nodes.map((node) => [node.index, node]));
    for (const [node, span] of source.decode(batch, byIndex)) decoded.set(node, span);
  }
  return decoded;
}
