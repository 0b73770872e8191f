/**
 * Exceptions that have no step to stand on: those that a span recorded and went on from, and those of the job itself that
 * are not what it failed of.
 */
import { isInterruption } from "../errors/interruption.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import type { Step } from "../step-document.js";
import { between, type UnixNano } from "../time.js";
import type { DraftStep } from "./draft-step.js";
import type { Exceptions, OwnException } from "./exceptions.js";
import type { StepPlace } from "./step-places.js";

export interface ExceptionPlaces {
  readonly start: UnixNano;
  readonly exceptions: Exceptions;
  readonly places: ReadonlyMap<Span, StepPlace>;
}

/** In order of time. */
export function exceptionSteps(
  attempt: AttemptTrace,
  drafts: readonly DraftStep[],
  { start, exceptions, places }: ExceptionPlaces,
): readonly Step[] {
  const steps: Step[] = [];
  const add = (span: Span, own: readonly OwnException[], depth: number): void => {
    for (const exception of own) steps.push(exceptionStep(span, exception, depth, start));
  };
  for (const { span } of drafts)
    add(span, exceptions.ofSpan(span).slice(0, -1), (places.get(span)?.depth ?? 0) + 1);
  for (const { span, own } of ofRoots(attempt, exceptions)) add(span, own, 0);
  return steps.sort((a, b) => a.offset_ns - b.offset_ns);
}

/** The last one of a root that failed is told where the job ends. ActiveJob's root and Sidekiq's record the same. */
function ofRoots(
  { root, activeJob }: AttemptTrace,
  exceptions: Exceptions,
): readonly { readonly span: Span; readonly own: readonly OwnException[] }[] {
  const failed = root ?? activeJob;
  const told = new Set<string>();
  const last =
    failed?.status.code === "error"
      ? failed.events.findLastIndex(({ name }) => name === "exception")
      : -1;
  return [root, activeJob].flatMap((span) => {
    if (span === undefined) return [];
    const own = exceptions.ofRoot(span).filter(({ error, event }) => {
      const key = `${error.class}\0${error.message}`;
      const isNew = !told.has(key);
      told.add(key);
      return isNew && !isInterruption(error.class) && !(span === failed && event === last);
    });
    return [{ span, own }];
  });
}

function exceptionStep(
  span: Span,
  { error, at, event }: OwnException,
  depth: number,
  start: UnixNano,
): Step {
  return {
    id: `${span.spanId}.e${event}`,
    parent_id: span.spanId,
    depth,
    lane: 0,
    kind: "exception",
    offset_ns: Number(between(start, at)),
    duration_ns: null,
    self_ns: null,
    status: "error",
    title: "Exception recorded",
    result: `✗ ${error.class}`,
    fingerprint: error.fingerprint,
    detail: { type: "exception", error },
    library: {
      name: span.scope.name,
      version: span.scope.version === "" ? null : span.scope.version,
    },
    notes: [],
    attributes: null,
  };
}
