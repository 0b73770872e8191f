/** The state of a job after its last attempt, why, and the recorded spans that say so. */
import { stateAfter } from "../attempt-end.js";
import { interruptionOf } from "../errors/interruption.js";
import type { Attempt, Evidence, Job, JobState } from "../job-document.js";
import type { JobTrace } from "../job-trace.js";
import { formatInstant } from "../time.js";
import { failuresSoFar } from "./retry-plan.js";
import type { RootlessState } from "./rootless-state.js";

type State = Pick<Job, "state" | "state_detail" | "state_evidence">;

/** `rootless`: of the last attempt, when its own span never came. */
export function jobState(
  trace: JobTrace,
  attempts: readonly Attempt[],
  retry: Job["retry"],
  rootless: RootlessState | undefined,
): State {
  const last = attempts.at(-1);
  const state = stateAfter(last?.state);
  if (rootless !== undefined)
    return { state, state_detail: rootless.detail, state_evidence: rootless.evidence };
  if (last === undefined) return neverRan(trace);
  if (last.state === "interrupted") return putBack(state, last);
  if (last.state === "failed") return failed(state, attempts, retry);
  if (last.handled !== null) return handledBy(last, last.handled);
  return { state, state_detail: null, state_evidence: [] };
}

function neverRan(trace: JobTrace): State {
  const detail = trace.enqueues.at(-1)?.scheduled === true ? "scheduled" : null;
  const evidence = trace.enqueues.map(({ span }) => ({
    at: formatInstant(span.start),
    text: "enqueued; no attempt of it has been received since",
    span_id: span.spanId,
  }));
  const around = trace.outside.map((span) => ({
    at: formatInstant(span.start),
    text: `${span.name} outside any attempt names it; no attempt of it has been received`,
    span_id: span.spanId,
  }));
  return { state: "queued", state_detail: detail, state_evidence: [...evidence, ...around] };
}

function putBack(state: JobState, last: Attempt): State {
  const name = last.error?.class ?? "an interruption";
  const detail = interruptionOf(name) ?? "interrupted_by_shutdown";
  const where = detail === "scheduled" ? "schedules the job for later" : "puts the job back";
  const text = `attempt ${last.number} ended with ${name}, after which Sidekiq ${where}`;
  return { state, state_detail: detail, state_evidence: [evidenceOf(last, text)] };
}

function failed(state: JobState, attempts: readonly Attempt[], retry: Job["retry"]): State {
  const last = attempts.at(-1);
  if (last === undefined) return { state, state_detail: null, state_evidence: [] };
  const name = last.error?.class ?? "an error";
  const ended = `attempt ${last.number} ended with ${name}`;
  const told = (detail: Job["state_detail"], why: string): State => ({
    state,
    state_detail: detail,
    state_evidence: [evidenceOf(last, `${ended}${why}`)],
  });
  const { attempts_max: max } = retry;
  if (max === null) return told(null, "");
  const made = failuresSoFar(attempts);
  if (made < max) return told("retrying", `; ${made} of ${max} attempts are made`);
  // With `retry: false` Sidekiq forgets the job; only a limit sends it to the dead set.
  return told("dead", `; all ${max} ${max === 1 ? "attempt is" : "attempts are"} made`);
}

const HANDLED = {
  retried: { detail: "retrying", text: "ActiveJob enqueued it again under a new jid" },
  gave_up: { detail: "discarded", text: "ActiveJob tried it for the last time" },
  discarded: { detail: "discarded", text: "ActiveJob discarded it" },
} as const;

/** The job system saw the attempt complete; what ActiveJob made of the error is a detail of that. */
function handledBy(last: Attempt, handled: keyof typeof HANDLED): State {
  const { detail, text } = HANDLED[handled];
  const name = last.error?.class ?? "an error";
  const evidence = evidenceOf(last, `attempt ${last.number} raised ${name}; ${text}`);
  return { state: "completed", state_detail: detail, state_evidence: [evidence] };
}

function evidenceOf(attempt: Attempt, text: string): Evidence {
  return {
    at: attempt.error?.at ?? attempt.finished_at ?? attempt.started_at,
    text,
    span_id: attempt.root_span_id,
  };
}
