/** Who is under whom among the spans of one attempt. Cycles, which only broken senders make, end where they begin. */
import type { SpanId } from "../ids.js";
import type { Span } from "../span.js";

export interface SpanForest {
  /** undefined: the attempt's root, or a span that was not received. */
  parentOf(span: Span): Span | undefined;
  /** Nearest first, up to the attempt's root, which is not among them. At most {@link ANCESTORS_MAX}. */
  ancestorsOf(span: Span): readonly Span[];
  childrenOf(spanId: SpanId | undefined): readonly Span[];
}

/** Programs do not nest deeper; it keeps a tree that was made to be deep from costing the square of its depth. */
export const ANCESTORS_MAX = 200;

/** `spans`: in time order, without the attempt's root. */
export function spanForest(spans: readonly Span[]): SpanForest {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<SpanId | undefined, Span[]>();
  for (const span of spans) {
    const siblings = children.get(span.parentSpanId);
    if (siblings === undefined) children.set(span.parentSpanId, [span]);
    else siblings.push(span);
  }
  const parentOf = (span: Span): Span | undefined => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    return parent === span ? undefined : parent;
  };
  return {
    parentOf,
    ancestorsOf(span) {
      const above: Span[] = [];
      let parent = parentOf(span);
      while (parent !== undefined && parent !== span && above.length < ANCESTORS_MAX) {
        above.push(parent);
        parent = parentOf(parent);
      }
      return above;
    },
    childrenOf: (spanId) => children.get(spanId) ?? [],
  };
}
