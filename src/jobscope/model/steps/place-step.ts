/** A draft and all that its neighbours tell of it → the step in the document. */
import { attributesJson } from "../attributes-json.js";
import { isInterruption } from "../errors/interruption.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Note, Step } from "../step-document.js";
import { between, type UnixNano } from "../time.js";
import { clockNotes } from "./clock-notes.js";
import type { DraftStep } from "./draft-step.js";
import type { OwnException } from "./exceptions.js";
import { selfTime } from "./self-time.js";
import type { SpanForest } from "./span-forest.js";
import type { StepPlace } from "./step-places.js";
import type { StepTransaction } from "./transactions.js";

export interface Placing {
  readonly attempt: AttemptTrace;
  /** Where offsets count from. */
  readonly start: UnixNano;
  readonly forest: SpanForest;
  readonly exceptions: readonly OwnException[];
  readonly place: StepPlace;
  readonly lane: number;
  readonly transaction: StepTransaction | undefined;
  readonly full: boolean;
}

/** The last exception of a span is the one that ended it; those before it are lines of their own. */
export function placeStep(draft: DraftStep, placing: Placing): Step {
  const { span } = draft;
  const { start, forest, place, transaction } = placing;
  const error = placing.exceptions.at(-1)?.error;
  const wasInterrupted = error !== undefined && isInterruption(error.class);
  const failure =
    error === undefined
      ? null
      : wasInterrupted
        ? `interrupted (${error.class})`
        : `✗ ${error.class}`;
  return {
    id: span.spanId,
    parent_id: place.parentId,
    depth: place.depth,
    lane: placing.lane,
    kind: draft.kind,
    offset_ns: Number(between(start, span.start)),
    duration_ns: Number(between(span.start, span.end)),
    self_ns: Number(selfTime(span, forest.childrenOf(span.spanId))),
    status:
      draft.error || (error !== undefined && !wasInterrupted)
        ? "error"
        : span.status.code === "ok"
          ? "ok"
          : "unset",
    title: draft.title,
    result: draft.result ?? failure,
    fingerprint: draft.fingerprint,
    detail: detailOf(draft, placing),
    library: {
      name: span.scope.name,
      version: span.scope.version === "" ? null : span.scope.version,
    },
    notes: [...transactionNotes(draft, transaction), ...clocks(draft, placing)],
    attributes: placing.full ? attributesJson(span.attributes) : null,
  };
}

function clocks({ span }: DraftStep, { attempt, forest }: Placing): readonly Note[] {
  const job = attempt.root ?? attempt.activeJob;
  const isUnder = span.parentSpanId !== undefined;
  const roots = [attempt.root, attempt.activeJob].filter((root) => root !== undefined);
  const parent =
    forest.parentOf(span) ??
    (isUnder ? roots.find(({ spanId }) => spanId === span.parentSpanId) : undefined);
  return clockNotes(span, parent, job);
}

/** Facts about order, told once and without advice. */
function transactionNotes(
  { kind, detail }: DraftStep,
  transaction: StepTransaction | undefined,
): readonly Note[] {
  if (transaction?.open !== true) return [];
  if (kind === "enqueue") return [{ code: "enqueue_before_commit", text: "before COMMIT" }];
  return detail?.type === "http"
    ? [{ code: "http_in_transaction", text: "in open transaction" }]
    : [];
}

function detailOf({ detail }: DraftStep, { transaction, exceptions }: Placing): Step["detail"] {
  const error = exceptions.at(-1)?.error;
  if (detail?.type === "db" && transaction !== undefined)
    return { ...detail, transaction: transaction.transaction, outcome: transaction.outcome };
  if (detail?.type === "http" && error !== undefined) return { ...detail, error };
  if (detail?.type === "enqueue") return { ...detail, before_commit: transaction?.open === true };
  return detail;
}
