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
import type { Attempt } from "../job-document.js";
import type { AttemptTrace, JobTrace } from "../job-trace.js";
import type { Note, Step } from "../step-document.js";
import { buildSteps } from "../steps/build-steps.js";
import type { ReadingRules, Surroundings } from "../surroundings.js";
import { between, formatInstant, unixNano, type UnixNano } from "../time.js";
import { retryCount, workerOf } from "./attempt-facts.js";
import { outcomeOf } from "./attempt-outcome.js";
import { enqueuedAt, waitOf } from "./job-times.js";
import { neverClosed } from "./never-closed.js";
import { type RootlessState, rootlessState } from "./rootless-state.js";

export interface BuiltAttempt {
  readonly attempt: Attempt;
  readonly notes: readonly Note[];
  /** Of an attempt whose own span never came. */
  readonly rootless: RootlessState | undefined;
}

export function buildAttempts(
  trace: JobTrace,
  surroundings: Surroundings,
  rules: ReadingRules,
  full = false,
): readonly BuiltAttempt[] {
  return trace.attempts.map((attempt, index) => {
    const outcome = outcomeOf(attempt);
    const rootless =
      outcome === undefined ? rootlessState(trace, attempt, surroundings, rules) : undefined;
    return {
      attempt: buildAttempt(trace, index, attempt, {
        state: outcome?.state ?? rootless?.state ?? "running",
        error: outcome?.error ?? null,
        handled: outcome?.handled ?? null,
        full,
      }),
      notes: outcome?.notes ?? [],
      rootless,
    };
  });
}

function buildAttempt(
  trace: JobTrace,
  index: number,
  attempt: AttemptTrace,
  { full, ...ending }: Pick<Attempt, "state" | "error" | "handled"> & { readonly full: boolean },
): Attempt {
  const { root, activeJob } = attempt;
  const main = root ?? activeJob;
  const { steps } = buildSteps(attempt, startOf(attempt), full);
  const wait = waitOf(root);
  const pushed = root === undefined ? undefined : enqueuedAt(root);
  const first = main ?? attempt.start ?? attempt.spans[0];
  return {
    number: index + 1,
    retry_count: retryCount(attempt),
    cause: causeOf(trace, index),
    state: ending.state,
    handled: ending.handled,
    overlaps: overlapping(trace, index),
    known_by: attempt.knownBy,
    trace_id: first?.traceId ?? "",
    root_span_id: main?.spanId ?? null,
    enqueued_at: pushed === undefined ? null : formatInstant(pushed),
    started_at: formatInstant(startOf(attempt)),
    finished_at: main === undefined ? null : formatInstant(main.end),
    wait_ns: wait.kind === "waited" ? Number(wait.wait) : null,
    backoff_ns: backoffOf(trace.attempts[index - 1], attempt),
    duration_ns: main === undefined ? null : Number(between(main.start, main.end)),
    worker: workerOf(attempt),
    error: ending.error,
    last_finished_step: lastFinishedStep(steps),
    never_closed: main === undefined ? neverClosed(trace, attempt) : [],
    steps,
    hidden: [],
    effects: effectsOf(steps),
    // An error that ActiveJob handled ended the attempt all the same.
    left_behind: ending.state === "completed" && ending.handled === null ? null : leftBehind(steps),
  };
}

/** From the end of the attempt before to the push of this one, or to its start where the push is not recorded. */
function backoffOf(
  before: AttemptTrace | undefined,
  { root, ...rest }: AttemptTrace,
): number | null {
  const previous = before?.root ?? before?.activeJob;
  const own = root ?? rest.activeJob ?? rest.start;
  if (previous === undefined || own === undefined) return null;
  const pushed = (root && enqueuedAt(root)) ?? own.start;
  // Not pushed again, or by a host whose clock disagrees.
  return pushed < previous.end ? null : Number(between(previous.end, pushed));
}

/** The same jid at the same time: two copies of it were in the queue, or a worker that was thought dead was not. */
function overlapping({ attempts }: JobTrace, index: number): readonly number[] {
  const own = spanOfTime(attempts[index]);
  if (own === undefined) return [];
  return attempts.flatMap((attempt, at) => {
    const other = at === index ? undefined : spanOfTime(attempt);
    return other !== undefined && other.start < own.end && own.start < other.end ? [at + 1] : [];
  });
}

/** As far as it is recorded; an attempt that never ended was surely there while it sent spans. */
function spanOfTime(
  attempt: AttemptTrace | undefined,
): { readonly start: UnixNano; readonly end: UnixNano } | undefined {
  if (attempt === undefined) return undefined;
  const own = attempt.root ?? attempt.activeJob;
  if (own !== undefined) return own;
  const end = attempt.spans.reduce<UnixNano | undefined>(
    (latest, span) => (latest === undefined || span.end > latest ? span.end : latest),
    undefined,
  );
  return end === undefined ? undefined : { start: startOf(attempt), end };
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

/** Where offsets count from: the root's start, or the earliest span of an attempt whose root never came. */
function startOf({ root, activeJob, start, spans }: AttemptTrace): UnixNano {
  return root?.start ?? activeJob?.start ?? start?.start ?? spans[0]?.start ?? unixNano(0n);
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
