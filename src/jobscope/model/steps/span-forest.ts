/** Who is under whom among the spans of one attempt. Cycles, which only broken senders make, end where they begin. */
import type { SpanId } from "../ids.js";
import type { Span } from "../span.js";

export interface SpanForest {
  parentOf(span: Span): Span | undefined;
  /** Nearest first, up to the attempt's root, which is not among them. */
  ancestorsOf(span: Span): readonly Span[];
  childrenOf(spanId: SpanId | undefined): readonly Span[];
}

/** `spans`: in time order, without the attempt's root. */
export function spanForest(spans: readonly Span[]): SpanForest {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<SpanId | undefined, Span[]>();
  for (const span of spans) {
    const siblings = children.get(span.parentSpanId);
    if (siblings === undefined) children.set(span.parentSpanId, [span]);
    else siblings.push(span);
  }
  const parentOf = (span: Span): Span | undefined =>
    span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
  return {
    parentOf,
    ancestorsOf(span) {
      const above: Span[] = [];
      const seen = new Set<Span>([span]);
      let parent = parentOf(span);
      while (parent !== undefined && !seen.has(parent)) {
        above.push(parent);
        seen.add(parent);
        parent = parentOf(parent);
      }
      return above;
    },
    childrenOf: (spanId) => children.get(spanId) ?? [],
  };
}
