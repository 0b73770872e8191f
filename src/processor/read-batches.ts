/**
 * The batches of one job's traces, and what the scan says of the spans in them. A trace without end, as of a process that
 * never closes its span, is read to a limit, so that looking at its job ends too.
 */
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import type { ScannedNode } from "./scanned-nodes.js";
import type { SpanSource } from "./span-source.js";

export interface BatchesRead {
  readonly batches: ReadonlyMap<Lsn, StoredBatch>;
  /** Of the traces that were asked for, each span once. */
  readonly nodes: readonly ScannedNode[];
  /** Batches that were left out because of the limit. */
  readonly unread: number;
}

export interface WantedBatches {
  /** Ascending. */
  readonly lsns: readonly Lsn[];
  /** Those among them that say what the job is: they are read whatever the limit. */
  readonly named: ReadonlySet<Lsn>;
  readonly traceIds: ReadonlySet<TraceId>;
  readonly spansMax?: number | undefined;
}

/** A step of the timeline costs about 4 kB while it is made and printed: a gigabyte. */
export const TRACE_SPANS_MAX = 250_000;

/** Of one job's batches, which are read twice: once for what is in them, once for the spans that count. Bytes. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** Without those that cannot be read. */
export async function readBatches(
  reader: JobStoreReader,
  { lsns, named, traceIds, spansMax = TRACE_SPANS_MAX }: WantedBatches,
  source: SpanSource,
): Promise<BatchesRead> {
  const keep = keepInflated();
  const batches = new Map<Lsn, StoredBatch>();
  // Senders repeat a batch whose answer they did not get, so a span may be there twice: the later one is kept.
  const nodes = new Map<string, ScannedNode>();
  let unread = 0;
  for (const lsn of lsns) {
    if (nodes.size >= spansMax && !named.has(lsn)) {
      unread++;
      continue;
    }
    const batch = await reader.read(lsn);
    if (batch === undefined) continue;
    const kept = keep(batch);
    batches.set(lsn, kept);
    for (const node of source.nodes(kept, traceIds)) nodes.set(node.traceId + node.spanId, node);
  }
  return { batches, nodes: [...nodes.values()], unread };
}

/** Most jobs are in a batch or two, and inflating one costs as much as reading its spans. */
function keepInflated(): (batch: StoredBatch) => StoredBatch {
  let room = KEPT_BYTES_MAX;
  return (batch) => {
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
}
