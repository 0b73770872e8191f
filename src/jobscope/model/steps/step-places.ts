/** Where each step stands in the tree of those that are shown: under which step, and how deep. */
import type { SpanId } from "../ids.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import { lostParents } from "./lost-parents.js";
import type { SpanForest } from "./span-forest.js";

export interface StepPlace {
  /** Of the nearest step above; the id that the span names where that was not received. */
  readonly parentId: SpanId | null;
  /** 0: directly under the job. */
  readonly depth: number;
}

/** Each span is placed once, from the one above it, so that a deep tree costs no more than a flat one. */
export function placesOf(
  attempt: AttemptTrace,
  forest: SpanForest,
  merged: ReadonlyMap<SpanId, SpanId>,
): ReadonlyMap<Span, StepPlace> {
  const places = new Map<Span, StepPlace>();
  const known: Known = { places, forest, merged, lost: lostParents(attempt) };
  for (const span of attempt.spans) {
    const chain: Span[] = [];
    const onChain = new Set<Span>();
    let at: Span | undefined = span;
    // A cycle ends where it would begin again.
    while (at !== undefined && !places.has(at) && !onChain.has(at)) {
      chain.push(at);
      onChain.add(at);
      at = forest.parentOf(at);
    }
    for (const each of chain.reverse()) places.set(each, placeOf(each, known));
  }
  return places;
}

interface Known {
  readonly places: ReadonlyMap<Span, StepPlace>;
  readonly forest: SpanForest;
  readonly merged: ReadonlyMap<SpanId, SpanId>;
  readonly lost: ReadonlySet<SpanId>;
}

function placeOf(span: Span, { places, forest, merged, lost }: Known): StepPlace {
  const parent = forest.parentOf(span);
  const above = parent === undefined ? undefined : places.get(parent);
  if (parent === undefined || above === undefined) {
    const named = span.parentSpanId;
    return { parentId: named ?? null, depth: named !== undefined && lost.has(named) ? 1 : 0 };
  }
  return merged.has(parent.spanId) ? above : { parentId: parent.spanId, depth: above.depth + 1 };
}
