/** A job's document, and what other jobs of the store add to it → the incident checklist, answered. */
import type { Percentiles } from "../document-units.js";
import { NO_EFFECTS } from "../effects-document.js";
import { mergeEffects } from "../effects/merge-effects.js";
import type { Attempt, JobDocument } from "../job-document.js";
import type { Step } from "../step-document.js";
import { stepName } from "../step-name.js";
import { failingStep } from "./failing-step.js";
import { type Target, targetOf } from "./step-target.js";
import type { FoundBy, NamedStep, RaisedError, SameWindow, WhyDocument } from "./why-document.js";

/** What the job's own spans do not tell. */
export interface Surroundings {
  readonly foundBy: FoundBy;
  readonly sameWindow: SameWindow | undefined;
  readonly took: Percentiles | undefined;
  readonly waited: Percentiles | undefined;
}

export function buildWhy(document: JobDocument, around: Surroundings): WhyDocument {
  const { job, attempts, errors, completeness } = document;
  const looked = attemptLookedAt(document);
  return {
    schema: "jobtrace.why/v1",
    as_of: document.as_of,
    job: {
      jid: job.jid,
      class: job.class,
      state: job.state,
      state_detail: job.state_detail,
      attempts: attempts.length,
    },
    found_by: around.foundBy,
    first_error: raisedError(attempts, errors.first?.attempt),
    error_changed: errorChanged(document),
    last_finished_step: lastFinished(looked),
    never_closed: attempts.flatMap(({ number, never_closed: open }) =>
      open.map((span) => ({ ...span, attempt: number })),
    ),
    left_behind: mergeEffects(attempts.map(({ left_behind: left }) => left ?? NO_EFFECTS)),
    retries: {
      used: Math.max(0, attempts.length - 1),
      max: job.retry.attempts_max === null ? null : Math.max(0, job.retry.attempts_max - 1),
      next_at: job.retry.next_at,
    },
    same_window: around.sameWindow ?? null,
    same_window_reason: around.sameWindow === undefined ? noWindow(document) : null,
    enqueued_by: job.enqueued_by[0] ?? null,
    waited: { ns: job.wait_ns, reason: job.wait_reason, of_class: around.waited ?? null },
    took: {
      attempt: looked?.number ?? null,
      ns: looked?.duration_ns ?? null,
      reason: looked?.duration_ns == null ? "not_recorded" : null,
      of_class: around.took ?? null,
    },
    logs: { lines: logLines(document) },
    run_locally:
      job.args === null || job.class === null ? null : { class: job.class, args: job.args },
    missing: {
      spans: completeness.spans,
      missing_parents: completeness.missing_parents,
      notes: completeness.notes,
    },
    not_recorded: notRecorded(document, looked),
  };
}

/** The first that failed, for later errors are often its consequences; else the last. */
function attemptLookedAt({ attempts, errors }: JobDocument): Attempt | undefined {
  const first = errors.first?.attempt;
  return attempts.find(({ number }) => number === first) ?? attempts.at(-1);
}

/** The first error's step, and what of it other jobs may have met as well. */
export interface Failure {
  readonly attempt: Attempt;
  readonly step: Step;
  readonly target: Target;
}

/** undefined: no attempt failed, or its step names nothing. */
export function failureOf(document: JobDocument): Failure | undefined {
  const attempt = document.errors.first === null ? undefined : attemptLookedAt(document);
  const step = attempt && failingStep(attempt);
  const target = step && targetOf(step);
  return attempt === undefined || step === undefined || target === undefined
    ? undefined
    : { attempt, step, target };
}

function noWindow(document: JobDocument): WhyDocument["same_window_reason"] {
  if (document.errors.first === null) return "no_error";
  const attempt = attemptLookedAt(document);
  return attempt !== undefined && failingStep(attempt) === undefined
    ? "no_failing_step"
    : "step_names_no_target";
}

function raisedError(attempts: readonly Attempt[], number: number | undefined): RaisedError | null {
  const attempt = attempts.find((each) => each.number === number);
  if (attempt === undefined || attempt.error === null) return null;
  const { class: name, message, at, backtrace } = attempt.error;
  const step = failingStep(attempt);
  const frame = backtrace.find(({ app }) => app);
  return {
    attempt: attempt.number,
    class: name,
    message,
    at,
    step: step === undefined ? null : namedStep(step),
    frame: frame === undefined ? null : `${frame.file}:${frame.line ?? "?"}`,
  };
}

function errorChanged({ attempts, errors }: JobDocument): WhyDocument["error_changed"] {
  const first = errors.first?.error.fingerprint;
  if (first === undefined) return null;
  const failed = errors.by_attempt.filter(({ fingerprint }) => fingerprint !== null);
  const other = failed.find(({ fingerprint }) => fingerprint !== first);
  return {
    changed: errors.changed,
    to: raisedError(attempts, other?.attempt),
    failed_attempts: failed.length,
  };
}

/** A step that ended in an error did not finish what it was for. */
function lastFinished(attempt: Attempt | undefined): WhyDocument["last_finished_step"] {
  if (attempt === undefined) return null;
  const endOf = ({ offset_ns: offset, duration_ns: duration }: Step): number =>
    offset + (duration ?? 0);
  const isDone = ({ id, kind, status, duration_ns: duration }: Step): boolean =>
    duration !== null &&
    status !== "error" &&
    kind !== "log" &&
    (kind !== "exception" || id === attempt.last_finished_step);
  let last: Step | undefined;
  for (const step of attempt.steps)
    if (isDone(step) && (last === undefined || endOf(step) >= endOf(last))) last = step;
  return last === undefined ? null : { attempt: attempt.number, step: namedStep(last) };
}

function namedStep(step: Step): NamedStep {
  return { id: step.id, name: stepName(step), offset_ns: step.offset_ns };
}

function logLines({ completeness: { log_lines: lines } }: JobDocument): number | null {
  return lines === 0 ? null : lines;
}

function notRecorded(
  { job, attempts, completeness }: JobDocument,
  looked: Attempt | undefined,
): WhyDocument["not_recorded"] {
  const all: readonly (readonly [WhyDocument["not_recorded"][number], boolean])[] = [
    [{ question: "attempts", by: "worker" }, attempts.length === 0],
    [{ question: "retry_limit", by: "level_2" }, job.retry.attempts_max === null],
    [{ question: "enqueued_by", by: "client" }, job.enqueued_by.length === 0],
    [
      { question: "waited", by: "worker" },
      job.wait_ns === null && job.wait_reason === "not_recorded",
    ],
    [{ question: "took", by: "worker" }, looked?.duration_ns == null],
    [{ question: "logs", by: "logger" }, completeness.not_recorded.includes("logs")],
    [{ question: "args", by: "level_2" }, job.args === null],
  ];
  return all.filter(([, isMissing]) => isMissing).map(([question]) => question);
}
