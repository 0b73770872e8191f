/** The records that a chunk is made of, each scanned once, and the spans of their traces that came before. */
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { type ScannedNode, scanNodes } from "../processor/scanned-nodes.js";
import { grouped } from "./grouped.js";

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

/** undefined: there is no record at `from` or after. */
export async function readChunk(
  reader: JobStoreReader,
  from: Lsn,
): Promise<ChunkBatches | undefined> {
  const batches = new Map<Lsn, StoredBatch>();
  const nodes: ScannedNode[] = [];
  let end = from;
  for await (const batch of reader.batches(from)) {
    end = batch.lsn + 1;
    // Logs are no part of a job's trace.
    if (batch.signal !== "traces") continue;
    batches.set(batch.lsn, batch);
    nodes.push(...scanNodes(batch));
    if (nodes.length >= SPANS_MAX) break;
  }
  return end === from ? undefined : chunkOf(reader, from, end, nodes, batches);
}

/** Of no record: for what is sent because time has passed. */
export function emptyChunk(reader: JobStoreReader, from: Lsn): ChunkBatches {
  return chunkOf(reader, from, from, [], new Map());
}

function chunkOf(
  reader: JobStoreReader,
  from: Lsn,
  end: Lsn,
  nodes: readonly ScannedNode[],
  batches: Map<Lsn, StoredBatch>,
): ChunkBatches {
  const own = grouped(nodes, ({ traceId }) => traceId);
  const known = new Map<TraceId, Promise<readonly ScannedNode[]>>();
  const batch = async (lsn: Lsn): Promise<StoredBatch | undefined> => {
    const found = batches.get(lsn) ?? (await reader.read(lsn));
    if (found !== undefined) batches.set(lsn, found);
    return found;
  };

  async function load(traceId: TraceId): Promise<readonly ScannedNode[]> {
    const found = new Map<string, ScannedNode>();
    const add = (node: ScannedNode): void => {
      if (!found.has(node.spanId)) found.set(node.spanId, node);
    };
    for (const lsn of await reader.findTrace(traceId)) {
      const earlier = lsn < from ? await batch(lsn) : undefined;
      if (earlier !== undefined) scanNodes(earlier, new Set([traceId])).forEach(add);
    }
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
