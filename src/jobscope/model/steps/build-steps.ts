/**
 * An attempt's spans → the lines of its timeline.
 *
 * A pipeline of small passes over the spans in time order: draft each span alone, merge what is one thing to a
 * reader, find the transactions, place each step. Every span of the attempt is a step or has gone into one.
 */
import { errorOfSpan } from "../errors/error-info.js";
import { isInterruption } from "../errors/interruption.js";
import type { SpanId } from "../ids.js";
import type { ErrorInfo } from "../error-document.js";
import type { Note, Step } from "../step-document.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import { between, type UnixNano } from "../time.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { draftStep, type DraftStep } from "./draft-step.js";
import { ownExceptions } from "./exceptions.js";
import { lanesOf } from "./lanes.js";
import { mergeSteps } from "./merge-steps.js";
import { selfTime } from "./self-time.js";
import { spanForest, type SpanForest } from "./span-forest.js";
import { type StepTransaction, transactionsOf } from "./transactions.js";

export interface StepList {
  readonly steps: readonly Step[];
  /** Spans that are no step of their own → the span whose step they went into. */
  readonly merged: ReadonlyMap<SpanId, SpanId>;
}

export function buildSteps(attempt: AttemptTrace, start: UnixNano): StepList {
  const forest = spanForest(attempt.spans);
  const drafted = attempt.spans.map((span) => draftStep(span, attempt.pushes.get(span.spanId)));
  const { drafts, merged } = mergeSteps(drafted, forest);
  const transactions = transactionsOf(drafts);
  const exceptions = ownExceptions(attempt.spans, forest);
  const lanes = lanesOf(drafts.map(({ span }) => span));
  const steps = drafts.map((draft) =>
    placeStep(draft, {
      start,
      forest,
      merged,
      exceptions,
      lane: lanes.get(draft.span) ?? 0,
      transaction: transactions.get(draft.span.spanId),
    }),
  );
  return { steps: withEnds(attempt, start, steps), merged };
}

interface Place {
  readonly start: UnixNano;
  readonly forest: SpanForest;
  readonly merged: ReadonlyMap<SpanId, SpanId>;
  readonly exceptions: ReadonlyMap<SpanId, readonly ErrorInfo[]>;
  readonly lane: number;
  readonly transaction: StepTransaction | undefined;
}

function placeStep(draft: DraftStep, place: Place): Step {
  const { span } = draft;
  const error = place.exceptions.get(span.spanId)?.at(-1);
  const before = draft.kind === "enqueue" && place.transaction?.open === true;
  const shown = place.forest.ancestorsOf(span).filter(({ spanId }) => !place.merged.has(spanId));
  return {
    id: span.spanId,
    parent_id: shown[0]?.spanId ?? span.parentSpanId ?? null,
    depth: shown.length,
    lane: place.lane,
    kind: draft.kind,
    offset_ns: Number(between(place.start, span.start)),
    duration_ns: Number(between(span.start, span.end)),
    self_ns: Number(selfTime(span, place.forest.childrenOf(span.spanId))),
    status:
      draft.error || error !== undefined ? "error" : span.status.code === "ok" ? "ok" : "unset",
    title: draft.title,
    result: error === undefined || draft.result !== null ? draft.result : `✗ ${error.class}`,
    fingerprint: draft.fingerprint,
    detail: detailOf(draft, place.transaction, error),
    library: {
      name: span.scope.name,
      version: span.scope.version === "" ? null : span.scope.version,
    },
    notes: before ? [ENQUEUE_BEFORE_COMMIT] : [],
    attributes: null,
  };
}

const ENQUEUE_BEFORE_COMMIT: Note = { code: "enqueue_before_commit", text: "before COMMIT" };

function detailOf(
  { detail }: DraftStep,
  transaction: StepTransaction | undefined,
  error: ErrorInfo | undefined,
): Step["detail"] {
  if (detail?.type === "db" && transaction !== undefined) {
    return { ...detail, transaction: transaction.transaction, outcome: transaction.outcome };
  }
  if (detail?.type === "http" && error !== undefined) return { ...detail, error };
  if (detail?.type === "enqueue") return { ...detail, before_commit: transaction?.open === true };
  return detail;
}

/** `Job started`, and how it ended: at their places in time. */
function withEnds(attempt: AttemptTrace, start: UnixNano, steps: readonly Step[]): readonly Step[] {
  const root = attempt.root ?? attempt.activeJob;
  if (root === undefined) return steps;
  const offset = Number(between(start, root.end));
  const after = steps.findIndex((step) => step.offset_ns > offset);
  const at = after === -1 ? steps.length : after;
  return [
    boundary(root, "started", "Job started", 0),
    ...steps.slice(0, at),
    ending(root, attempt, offset),
    ...steps.slice(at),
  ];
}

function ending(root: Span, attempt: AttemptTrace, offset: number): Step {
  const error = attempt.root === undefined ? null : errorOfSpan(root);
  if (error === null || root.status.code !== "error")
    return boundary(root, "finished", "Job finished", offset);
  if (isInterruption(error.class)) {
    return boundary(
      root,
      "finished",
      `Job interrupted, put back on its queue (${error.class})`,
      offset,
    );
  }
  const failed = boundary(root, "failed", "Job failed", offset);
  return {
    ...failed,
    status: "error",
    result: `✗ ${error.class}`,
    detail: { type: "exception", error },
  };
}

function boundary(
  root: Span,
  kind: "started" | "finished" | "failed",
  title: string,
  offset: number,
): Step {
  return {
    id: `${root.spanId}.${kind}`,
    parent_id: root.spanId,
    depth: 0,
    lane: 0,
    kind,
    offset_ns: offset,
    duration_ns: null,
    self_ns: null,
    status: "unset",
    title,
    result: null,
    fingerprint: fingerprintOf("job", kind),
    detail: null,
    library: null,
    notes: [],
    attributes: null,
  };
}
