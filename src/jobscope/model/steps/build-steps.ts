/**
 * An attempt's spans → the lines of its timeline.
 *
 * A pipeline of small passes over the spans in time order: draft each span alone, merge what is one thing to a
 * reader, find the transactions, place each step. Every span of the attempt is a step or has gone into one.
 */
import type { SpanId } from "../ids.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Step } from "../step-document.js";
import type { UnixNano } from "../time.js";
import { draftStep } from "./draft-step.js";
import { exceptionsOf } from "./exceptions.js";
import { exceptionSteps } from "./exception-steps.js";
import { withEnds } from "./job-ends.js";
import { lanesOf } from "./lanes.js";
import { lostParentSteps } from "./lost-parents.js";
import { mergeSteps } from "./merge-steps.js";
import { placeStep } from "./place-step.js";
import { spanForest } from "./span-forest.js";
import { placesOf } from "./step-places.js";
import { transactionsOf } from "./transactions.js";

export interface StepList {
  readonly steps: readonly Step[];
  /** Spans that are no step of their own → the span whose step they went into. */
  readonly merged: ReadonlyMap<SpanId, SpanId>;
}

/** `full`: all attributes, and URLs with the values of their queries. */
export function buildSteps(attempt: AttemptTrace, start: UnixNano, full = false): StepList {
  const forest = spanForest(attempt.spans);
  const exceptions = exceptionsOf(attempt.spans, forest);
  const drafted = attempt.spans.map((span) =>
    draftStep(span, attempt.pushes.get(span.spanId), full),
  );
  const { drafts, merged } = mergeSteps(drafted, forest, exceptions);
  const transactions = transactionsOf(drafts, forest);
  const places = placesOf(attempt, forest, merged);
  const lanes = lanesOf(
    drafts.map(({ span }) => span),
    (span) => places.get(span)?.parentId ?? null,
  );
  const steps = drafts.map((draft) =>
    placeStep(draft, {
      attempt,
      start,
      forest,
      exceptions: exceptions.ofSpan(draft.span),
      place: places.get(draft.span) ?? { parentId: null, depth: 0 },
      lane: lanes.get(draft.span) ?? 0,
      transaction: transactions.get(draft.span.spanId),
      full,
    }),
  );
  const raised = exceptionSteps(attempt, drafts, { start, exceptions, places });
  const all = inOrder(lostParentSteps(attempt, start), inOrder(steps, raised));
  return { steps: withEnds(attempt, start, all), merged };
}

/** Both are in order of time; at the same time the outer comes before what is under it. */
function inOrder(outer: readonly Step[], inner: readonly Step[]): readonly Step[] {
  if (inner.length === 0) return outer;
  if (outer.length === 0) return inner;
  const all: Step[] = [];
  let next = 0;
  for (const step of outer) {
    for (
      let under = inner[next];
      under !== undefined && under.offset_ns < step.offset_ns;
      under = inner[next]
    ) {
      all.push(under);
      next++;
    }
    all.push(step);
  }
  return all.concat(inner.slice(next));
}
