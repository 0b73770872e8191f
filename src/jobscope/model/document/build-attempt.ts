/**
 * One run of a job → its part of the document: how it ended, why it ran, its steps and what it changed.
 *
 * Sidekiq's instrumentation leaves the status unset on success and records every exception that passes it as an
 * error, also those that mean "put back, not failed" (a deploy, an interrupted iteration, a rate limit).
 */
import { effectsOf } from "../effects/effects-of.js";
import { leftBehind } from "../effects/left-behind.js";
import { errorOfSpan } from "../errors/error-info.js";
import { isInterruption } from "../errors/interruption.js";
import type { ErrorInfo } from "../error-document.js";
import type { Attempt } from "../job-document.js";
import type { Note, Step } from "../step-document.js";
import type { AttemptTrace, JobTrace } from "../job-trace.js";
import { numberAttribute, type Span, textAttribute } from "../span.js";
import { buildSteps } from "../steps/build-steps.js";
import { between, formatInstant, unixNano, type UnixNano } from "../time.js";
import { enqueuedAt, waitOf } from "./job-times.js";

export interface BuiltAttempt {
  readonly attempt: Attempt;
  readonly notes: readonly Note[];
}

export function buildAttempts(trace: JobTrace): readonly BuiltAttempt[] {
  return trace.attempts.map((attempt, index) => buildAttempt(trace, attempt, index));
}

interface Outcome {
  readonly state: Attempt["state"];
  readonly error: ErrorInfo | null;
  readonly notes: readonly Note[];
}

function buildAttempt(trace: JobTrace, attempt: AttemptTrace, index: number): BuiltAttempt {
  const { root, activeJob } = attempt;
  const main = root ?? activeJob;
  const outcome = outcomeOf(attempt);
  const { steps } = buildSteps(attempt, startOf(attempt));
  const effects = effectsOf(steps);
  const wait = waitOf(root);
  const pushed = root === undefined ? undefined : enqueuedAt(root);
  const first = main ?? attempt.spans[0];
  const built: Attempt = {
    number: index + 1,
    retry_count: retryCount(attempt),
    cause: causeOf(trace, index),
    state: outcome.state,
    trace_id: first?.traceId ?? "",
    root_span_id: main?.spanId ?? null,
    enqueued_at: pushed === undefined ? null : formatInstant(pushed),
    started_at: formatInstant(startOf(attempt)),
    finished_at: main === undefined ? null : formatInstant(main.end),
    wait_ns: wait.kind === "waited" ? Number(wait.wait) : null,
    duration_ns: main === undefined ? null : Number(between(main.start, main.end)),
    worker: first === undefined ? null : workerOf(first, attempt),
    error: outcome.error,
    last_finished_step: lastFinishedStep(steps),
    never_closed: [],
    steps,
    hidden: [],
    effects,
    left_behind: outcome.state === "completed" ? null : leftBehind(steps),
  };
  return { attempt: built, notes: outcome.notes };
}

function outcomeOf({ root, activeJob }: AttemptTrace): Outcome {
  if (root?.status.code === "error") return raised(root);
  // ActiveJob marks its span as an error also when retry_on or discard_on took care of it; Sidekiq then saw none.
  const handled = activeJob?.status.code === "error" ? errorOfSpan(activeJob) : null;
  if (root === undefined && activeJob === undefined)
    return { state: "running", error: null, notes: [] };
  if (handled === null) return { state: "completed", error: null, notes: [] };
  const text = `ActiveJob handled ${handled.class} itself (retry_on or discard_on); Sidekiq saw the attempt complete`;
  return { state: "completed", error: null, notes: [{ code: "active_job_handled_error", text }] };
}

function raised(root: Span): Outcome {
  const error = errorOfSpan(root);
  const state = error !== null && isInterruption(error.class) ? "interrupted" : "failed";
  return { state, error, notes: [] };
}

/**
 * Why this attempt ran. Sidekiq stamps every push with `enqueued_at`; a run with the stamp of the one before it was
 * not pushed again, so it is the same push run twice: after a shutdown, or recovered from a worker that was killed.
 */
function causeOf(trace: JobTrace, index: number): Attempt["cause"] {
  if (index === 0) return "first";
  const current = trace.attempts[index]?.root;
  const previous = trace.attempts[index - 1]?.root;
  if (current === undefined || previous === undefined) return "unknown";
  const error = previous.status.code === "error" ? errorOfSpan(previous) : null;
  const interrupted = error !== null && isInterruption(error.class);
  const pushed = enqueuedAt(current);
  // Some versions record the push wrongly; that the attempt before it failed is then all there is to go by.
  if (pushed === undefined) return error !== null && !interrupted ? "retry" : "unknown";
  if (pushed === enqueuedAt(previous)) return interrupted ? "requeued_by_shutdown" : "recovered";
  const pushedByHand = trace.enqueues
    .slice(1)
    .some(({ span }) => span.start > previous.end && span.start <= current.start);
  if (pushedByHand) return "manual";
  return error !== null && !interrupted ? "retry" : "unknown";
}

/** Sidekiq's own counter: absent on the first run, 0 on the second. Only a set-up that records it has it. */
function retryCount(attempt: AttemptTrace): number | null {
  for (const span of spansOf(attempt)) {
    const count = numberAttribute(span.attributes, "jobtrace.retry_count");
    if (count !== undefined) return count;
  }
  return null;
}

function workerOf(first: Span, attempt: AttemptTrace): Attempt["worker"] {
  const pid = numberAttribute(first.resource, "process.pid") ?? null;
  const host = textAttribute(first.resource, "host.name") ?? null;
  const thread = spansOf(attempt)
    .map((span) => textAttribute(span.attributes, "jobtrace.thread", "thread.id"))
    .find((id) => id !== undefined);
  return pid === null && host === null && thread === undefined
    ? null
    : { host, pid, thread: thread ?? null };
}

function spansOf({ root, activeJob, spans }: AttemptTrace): readonly Span[] {
  return [root, activeJob, ...spans].filter((span) => span !== undefined);
}

/** Where offsets count from: the root's start, or the earliest span of an attempt whose root never came. */
function startOf({ root, activeJob, spans }: AttemptTrace): UnixNano {
  return root?.start ?? activeJob?.start ?? spans[0]?.start ?? unixNano(0n);
}

/** The step that ended last among those that ended. */
function lastFinishedStep(steps: readonly Step[]): string | null {
  let last: { readonly id: string; readonly end: number } | undefined;
  for (const { id, kind, offset_ns: offset, duration_ns: duration } of steps) {
    if (kind === "started" || kind === "finished" || kind === "failed" || duration === null)
      continue;
    if (last === undefined || offset + duration >= last.end) last = { id, end: offset + duration };
  }
  return last?.id ?? null;
}
