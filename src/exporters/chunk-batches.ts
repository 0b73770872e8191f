/** The records that a chunk is made of, each scanned once, and the spans of their traces that came before. */
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { type ScannedNode, scanNodes } from "../processor/scanned-nodes.js";
import { grouped } from "../jobscope/model/grouped.js";

export interface ChunkBatches {
  readonly from: Lsn;
  /** One past its last record. */
  readonly end: Lsn;
  /** Spans of the chunk's own records. */
  readonly nodes: readonly ScannedNode[];
  /** undefined: it cannot be read any more. */
  batch(lsn: Lsn): Promise<StoredBatch | undefined>;
  /** Every known span of a trace in records before `end`, each once: the copy that came first. */
  nodesOf(traceId: TraceId): Promise<readonly ScannedNode[]>;
}

/** Spans of a chunk: enough that a job's spans are in few chunks, few enough to be held in memory. */
const SPANS_MAX = 4096;

export interface ChunkRecords {
  /** Those with spans. */
  readonly batches: readonly StoredBatch[];
  /** One past the last record; where it began when there are no more. */
  readonly end: Lsn;
}

export async function readRecords(reader: JobStoreReader, from: Lsn): Promise<ChunkRecords> {
  const batches: StoredBatch[] = [];
  let spans = 0;
  let end = from;
  for await (const batch of reader.batches(from)) {
    end = batch.lsn + 1;
    // Logs are no part of a job's trace.
    if (batch.signal !== "traces") continue;
    batches.push(inflatedOnce(batch));
    spans += batch.spanCount;
    if (spans >= SPANS_MAX) break;
  }
  return { batches, end };
}

function inflatedOnce(batch: StoredBatch): StoredBatch {
  let raw: Uint8Array | undefined;
  return { ...batch, raw: () => (raw ??= batch.raw()) };
}

export function chunkOf(reader: JobStoreReader, from: Lsn, records: ChunkRecords): ChunkBatches {
  const { end } = records;
  const batches = new Map(records.batches.map((batch) => [batch.lsn, batch]));
  const nodes = records.batches.flatMap((batch) => scanNodes(batch));
  const own = grouped(nodes, ({ traceId }) => traceId);
  const known = new Map<TraceId, Promise<readonly ScannedNode[]>>();
  const batch = async (lsn: Lsn): Promise<StoredBatch | undefined> => {
    const found = batches.get(lsn) ?? (await reader.read(lsn));
    if (found !== undefined) batches.set(lsn, found);
    return found;
  };

  /** Traces of one time lie in the same records, so each is scanned once. */
  const earlier = new Map<Lsn, ReadonlyMap<TraceId, readonly ScannedNode[]>>();
  async function earlierNodes(lsn: Lsn): Promise<ReadonlyMap<TraceId, readonly ScannedNode[]>> {
    const scanned = earlier.get(lsn);
    if (scanned !== undefined) return scanned;
    const found = await batch(lsn);
    const nodes = grouped(found === undefined ? [] : scanNodes(found), (node) => node.traceId);
    earlier.set(lsn, nodes);
    return nodes;
  }

  async function load(traceId: TraceId): Promise<readonly ScannedNode[]> {
    const found = new Map<string, ScannedNode>();
    const add = (node: ScannedNode): void => {
      if (!found.has(node.spanId)) found.set(node.spanId, node);
    };
    for (const lsn of await reader.findTrace(traceId))
      if (lsn < from) (await earlierNodes(lsn)).get(traceId)?.forEach(add);
    own.get(traceId)?.forEach(add);
    return [...found.values()];
  }

  return {
    from,
    end,
    nodes,
    batch,
    nodesOf(traceId) {
      const loaded = known.get(traceId) ?? load(traceId);
      known.set(traceId, loaded);
      return loaded;
    },
  };
}
