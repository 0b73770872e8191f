/** The records of one job: its index rows, their traces, the batches those are in, and how they are grouped into attempts. */
import type { Jid, TraceId } from "../jobscope/model/ids.js";
import type { FoundRow, JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { groupJob, type JobGroup } from "./job-grouping.js";
import { OPEN_PUSH_BATCHES_MAX } from "./only-open-push.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { type BatchesRead, readBatches } from "./read-batches.js";
import { SCAN_EACH_TIME, type SpanSource } from "./span-source.js";

export interface JobRecords extends BatchesRead {
  readonly jid: Jid;
  readonly rows: readonly FoundRow[];
  readonly traceIds: ReadonlySet<TraceId>;
  readonly source: SpanSource;
  readonly group: JobGroup<ScannedNode>;
}

/**
 * Retention may delete a segment between the question for its rows and the one for its batches. Asked again, the store
 * answers as it is without it; what is missing then as well is damaged.
 */
const READS_MAX = 3;

export interface ReadRecordsOptions {
  readonly source?: SpanSource | undefined;
  /** `TRACE_SPANS_MAX` unless given. */
  readonly spansMax?: number | undefined;
}

/** undefined: no span of this store names the jid. */
export async function readJobRecords(
  reader: JobStoreReader,
  jid: Jid,
  { source = SCAN_EACH_TIME, spansMax }: ReadRecordsOptions = {},
): Promise<JobRecords | undefined> {
  for (let reads = 1; ; reads++) {
    const rows = (await reader.findRows(jid)).filter(
      (row) => row.role !== "alias" && row.role !== "active_job_enqueue",
    );
    if (rows.length === 0) return undefined;
    const { lsns, smallTraces } = await batchesOf(reader, rows);
    const traceIds = new Set(rows.map((row) => row.traceId));
    // Of a stamped job every batch names it.
    const named = new Set(rows.filter(({ role }) => role !== "member").map(({ lsn }) => lsn));
    const read = await readBatches(reader, { lsns, named, traceIds, spansMax }, source);
    if (read.batches.size + read.unread < lsns.length && reads < READS_MAX) continue;
    return { jid, rows, traceIds, source, ...read, group: groupJob(jid, read.nodes, smallTraces) };
  }
}

/** The batches with a span of one of the rows' traces, ascending. */
async function batchesOf(
  reader: JobStoreReader,
  rows: readonly FoundRow[],
): Promise<{ readonly lsns: readonly Lsn[]; readonly smallTraces: ReadonlySet<TraceId> }> {
  const lsns = new Set<Lsn>(rows.map((row) => row.lsn));
  const smallTraces = new Set<TraceId>();
  for (const traceId of new Set(rows.map((row) => row.traceId))) {
    const own = await reader.findTrace(traceId);
    for (const lsn of own) lsns.add(lsn);
    if (own.length <= OPEN_PUSH_BATCHES_MAX) smallTraces.add(traceId);
  }
  return { lsns: [...lsns].sort((a, b) => a - b), smallTraces };
}
