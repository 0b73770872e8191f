/**
 * How an attempt ended and what that makes of its job: by one rule, whether it is told from spans or from rows of the index.
 *
 * With ActiveJob an attempt has two spans, and the job system's decides: an error that `retry_on` or `discard_on` took care of
 * never reaches Sidekiq, which sees the attempt complete. Where only ActiveJob's span came, it says of such an error only that
 * there was one and does not record it.
 */
import { isInterruption } from "./errors/interruption.js";
import type { JobState } from "./job-document.js";

/** One of the spans of an attempt. */
export interface SpanEnd {
  readonly isError: boolean;
  /** "": the span does not say. */
  readonly errorClass: string;
  readonly isActiveJob: boolean;
}

export type AttemptEnd = "completed" | "failed" | "interrupted";

/** `spans`: the job system's, and ActiveJob's where it is there. */
export function attemptEnd(spans: readonly SpanEnd[]): AttemptEnd {
  const decisive = spans.find(({ isActiveJob }) => !isActiveJob) ?? spans[0];
  if (decisive?.isError !== true) return "completed";
  if (decisive.isActiveJob && decisive.errorClass === "") return "completed";
  return isInterruption(decisive.errorClass) ? "interrupted" : "failed";
}

/** What a job is after its last attempt; undefined: it had none. */
export function stateAfter(last: AttemptEnd | "running" | "orphaned" | undefined): JobState {
  // What was put back waits for its next attempt.
  return last === undefined || last === "interrupted" ? "queued" : last;
}
