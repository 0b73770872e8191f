/** The records of one job: its index rows, their traces, the batches those are in, and how they are grouped into attempts. */
import type { Jid, TraceId } from "../jobscope/model/ids.js";
import type { FoundRow, JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { groupJob, type JobGroup } from "./job-grouping.js";
import { OPEN_PUSH_BATCHES_MAX } from "./only-open-push.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { SCAN_EACH_TIME, type SpanSource } from "./span-source.js";

export interface JobRecords {
  readonly jid: Jid;
  readonly rows: readonly FoundRow[];
  readonly traceIds: ReadonlySet<TraceId>;
  /** Those that can be read, by rising lsn. */
  readonly batches: ReadonlyMap<Lsn, StoredBatch>;
  readonly source: SpanSource;
  /** Every known span of the job's traces, once. */
  readonly nodes: readonly ScannedNode[];
  /** Spans of its traces that were left in the log. */
  readonly notRead: number;
  readonly group: JobGroup<ScannedNode>;
}

/**
 * Retention may delete a segment between the question for its rows and the one for its batches. Asked again, the store
 * answers as it is without it; what is missing then as well is damaged.
 */
const READS_MAX = 3;

/**
 * Spans of a job's traces that one reading holds, received first: with all that is made of them about 3 kB of memory each.
 * Those that name a job come on top: without them nothing could be told apart.
 */
const SPANS_MAX = 250_000;

export interface ReadRecordsOptions {
  readonly source?: SpanSource | undefined;
  readonly spansMax?: number | undefined;
}

/** undefined: no span of this store names the jid. */
export async function readJobRecords(
  reader: JobStoreReader,
  jid: Jid,
  { source = SCAN_EACH_TIME, spansMax = SPANS_MAX }: ReadRecordsOptions = {},
): Promise<JobRecords | undefined> {
  for (let reads = 1; ; reads++) {
    const rows = (await reader.findRows(jid)).filter(
      (row) => row.role !== "alias" && row.role !== "active_job_enqueue",
    );
    if (rows.length === 0) return undefined;
    const { lsns, smallTraces } = await batchesOf(reader, rows);
    const batches = await readBatches(reader, lsns);
    if (batches.size < lsns.length && reads < READS_MAX) continue;
    const traceIds = new Set(rows.map((row) => row.traceId));
    const { nodes, notRead } = nodesOf({ batches, source }, traceIds, spansMax);
    const group = groupJob(jid, nodes, smallTraces);
    return { jid, rows, traceIds, batches, source, nodes, notRead, group };
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

/** Without those that cannot be read. */
async function readBatches(
  reader: JobStoreReader,
  lsns: readonly Lsn[],
): Promise<ReadonlyMap<Lsn, StoredBatch>> {
  const batches = new Map<Lsn, StoredBatch>();
  for (const lsn of lsns) {
    const batch = await reader.read(lsn);
    if (batch !== undefined) batches.set(lsn, batch);
  }
  return keepInflated(batches);
}

/** Of one job's batches, which are read twice: once for what is in them, once for the spans that count. Bytes. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** Most jobs are in a batch or two, and inflating one costs as much as reading its spans. */
function keepInflated(batches: ReadonlyMap<Lsn, StoredBatch>): ReadonlyMap<Lsn, StoredBatch> {
  let room = KEPT_BYTES_MAX;
  const keeping = (batch: StoredBatch): StoredBatch => {
    let kept: Uint8Array | undefined;
    return {
      ...batch,
      raw() {
        if (kept !== undefined) return kept;
        const raw = batch.raw();
        if (raw.length <= room) {
          room -= raw.length;
          kept = raw;
        }
        return raw;
      },
    };
  };
  return new Map([...batches].map(([lsn, batch]) => [lsn, keeping(batch)]));
}

/** Senders repeat a batch whose answer they did not get, so a span may be there twice: the later one is kept. */
function nodesOf(
  { batches, source }: Pick<JobRecords, "batches" | "source">,
  traceIds: ReadonlySet<TraceId>,
  spansMax: number,
): { readonly nodes: readonly ScannedNode[]; readonly notRead: number } {
  const nodes = new Map<string, ScannedNode>();
  let notRead = 0;
  for (const batch of batches.values()) {
    for (const node of source.nodes(batch, traceIds)) {
      const isPlain = node.job === undefined || node.job.role === "member";
      if (isPlain && nodes.size >= spansMax) notRead++;
      else nodes.set(node.traceId + node.spanId, node);
    }
  }
  return { nodes: [...nodes.values()], notRead };
}
