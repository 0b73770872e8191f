/** Where the spans of a batch come from when a job is read. */
import type { TraceId } from "../jobscope/model/ids.js";
import type { Span } from "../jobscope/model/span.js";
import type { StoredBatch } from "../jobscope/store/job-store.js";
import { type ScannedNode, scanNodes } from "./scanned-nodes.js";
import { spansOf } from "./span-from-otlp.js";

export interface SpanSource {
  /** Those of these traces, in the batch's order. */
  nodes(batch: StoredBatch, traceIds: ReadonlySet<TraceId>): readonly ScannedNode[];
  /** The spans of these nodes of the batch, by their index; without those that cannot be decoded. */
  decode(
    batch: StoredBatch,
    nodes: ReadonlyMap<number, ScannedNode>,
  ): Iterable<readonly [ScannedNode, Span]>;
}

/** For one job: a scan that passes over what is of other traces. */
export const SCAN_EACH_TIME: SpanSource = {
  nodes: scanNodes,
  *decode(batch, nodes) {
    const order: ScannedNode[] = [];
    const spans = spansOf(batch.raw(), (index) => {
      const node = nodes.get(index);
      if (node !== undefined) order.push(node);
      return node !== undefined;
    });
    for (const [position, span] of spans.entries()) {
      const node = order[position];
      if (node !== undefined) yield [node, span];
    }
  },
};
