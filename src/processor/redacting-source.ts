/** Spans without the values in their texts, so that all that is made of them has none either. */
import { redactSpan } from "../jobscope/model/redact/redact-span.js";
import type { SpanSource } from "./span-source.js";

export function redactingSource(source: SpanSource): SpanSource {
  return {
    nodes: (batch, traceIds) => source.nodes(batch, traceIds),
    *decode(batch, nodes) {
      for (const [node, span] of source.decode(batch, nodes)) yield [node, redactSpan(span)];
    },
  };
}
