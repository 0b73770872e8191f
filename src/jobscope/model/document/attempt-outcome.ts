/** How one attempt ended, by its own span and ActiveJob's inside it. */
import { attemptEnd, type SpanEnd } from "../attempt-end.js";
import { errorClassOf, errorOfSpan } from "../errors/error-info.js";
import type { ErrorInfo } from "../error-document.js";
import type { Attempt } from "../job-document.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import type { Note } from "../step-document.js";

export interface Outcome {
  readonly state: "completed" | "failed" | "interrupted";
  readonly error: ErrorInfo | null;
  readonly handled: Attempt["handled"];
  readonly notes: readonly Note[];
}

/** undefined: neither span came. */
export function outcomeOf({ root, activeJob, spans }: AttemptTrace): Outcome | undefined {
  const own = [root, activeJob].filter((span) => span !== undefined);
  if (own.length === 0) return undefined;
  const state = attemptEnd(own.map((span) => endOf(span, span !== root)));
  const worst = own.find((span) => span.status.code === "error");
  if (worst === undefined) return { state, error: null, handled: null, notes: [] };
  if (worst === root) return { state, error: errorOfSpan(root), handled: null, notes: [] };

  const handler = spans.find((span) => handlingOf(span) !== null);
  const error = (handler && errorOfSpan(handler)) ?? errorOfSpan(worst);
  const handled = handler === undefined ? null : handlingOf(handler);
  const name = error?.class ?? "the error";
  const text = `ActiveJob handled ${name} itself (${HANDLERS[handled ?? "unknown"]})${
    root === undefined ? "" : "; Sidekiq saw the attempt complete"
  }`;
  return { state, error, handled, notes: [{ code: "active_job_handled_error", text }] };
}

function endOf(span: Span, isActiveJob: boolean): SpanEnd {
  const isError = span.status.code === "error";
  return { isError, errorClass: isError ? errorClassOf(span) : "", isActiveJob };
}

const HANDLERS = {
  retried: "retry_on",
  gave_up: "retry_on, after its last try",
  discarded: "discard_on",
  unknown: "retry_on or discard_on",
} as const;

/** ActiveJob's instrumentation has a span for each way of handling an error; users may put class or queue before the name. */
function handlingOf({ scope, name }: Span): Attempt["handled"] {
  if (!scope.name.endsWith("::ActiveJob")) return null;
  if (name.endsWith("enqueue_retry")) return "retried";
  if (name.endsWith("retry_stopped")) return "gave_up";
  return name.endsWith("discard") ? "discarded" : null;
}
