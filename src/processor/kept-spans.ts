/**
 * Nodes and places of the spans of batches that many jobs share: each batch is scanned once, and every job takes its own.
 * For one job alone, scanning for its traces only costs less.
 */
import type { TraceId } from "../jobscope/model/ids.js";
import type { Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { type ScannedNode, scanNodes } from "./scanned-nodes.js";
import { type SpanTable, spanAt, spanTableOf } from "./span-from-otlp.js";
import type { SpanSource } from "./span-source.js";

/** About 400 bytes each. */
const KEPT_SPANS_MAX = 100_000;

interface KeptBatch {
  readonly byTrace: ReadonlyMap<TraceId, readonly ScannedNode[]>;
  readonly table: SpanTable;
}

/** `spansMax`: of the batches that are kept. */
export function keepSpans(spansMax = KEPT_SPANS_MAX): SpanSource {
  /** In order of last use. */
  const kept = new Map<Lsn, KeptBatch>();
  let spanCount = 0;

  function of(batch: StoredBatch): KeptBatch {
    const known = kept.get(batch.lsn);
    if (known !== undefined) {
      kept.delete(batch.lsn);
      kept.set(batch.lsn, known);
      return known;
    }
    const made = keptBatch(batch);
    kept.set(batch.lsn, made);
    spanCount += made.table.spanCount;
    for (const [lsn, oldest] of kept) {
      if (spanCount <= spansMax || lsn === batch.lsn) break;
      kept.delete(lsn);
      spanCount -= oldest.table.spanCount;
    }
    return made;
  }

  return {
    nodes(batch, traceIds) {
      const { byTrace } = of(batch);
      const nodes = [...traceIds].flatMap((traceId) => byTrace.get(traceId) ?? []);
      return traceIds.size > 1 ? nodes.sort((a, b) => a.index - b.index) : nodes;
    },
    *decode(batch, nodes) {
      const { table } = of(batch);
      const raw = batch.raw();
      for (const [index, node] of nodes) {
        const span = spanAt(raw, table, index);
        if (span !== undefined) yield [node, span];
      }
    },
  };
}

function keptBatch(batch: StoredBatch): KeptBatch {
  const byTrace = new Map<TraceId, ScannedNode[]>();
  for (const node of scanNodes(batch)) {
    const own = byTrace.get(node.traceId);
    if (own === undefined) byTrace.set(node.traceId, [node]);
    else own.push(node);
  }
  return { byTrace, table: spanTableOf(batch.raw()) };
}
