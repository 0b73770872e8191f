/**
 * A job's spans → the document that every view is drawn from.
 *
 * Pure, and reads no clock: the same spans give the same document. Each statement in it comes from a recorded
 * span; what no span says is null or named in `completeness.not_recorded`.
 */
import { mergeEffects } from "../effects/merge-effects.js";
import { compareErrors } from "../errors/compare-errors.js";
import type { Attempt, Job, JobDocument } from "../job-document.js";
import type { JobTrace } from "../job-trace.js";
import { textAttribute } from "../span.js";
import { formatInstant, type UnixNano } from "../time.js";
import { buildAttempts } from "./build-attempt.js";
import { chainOf } from "./chain.js";
import { completenessOf } from "./completeness.js";
import { enqueued } from "./enqueued-by.js";
import { createdAt, waitOf } from "./job-times.js";
import { jobTraceId } from "./job-trace-id.js";

export function buildDocument(trace: JobTrace): JobDocument {
  const built = buildAttempts(trace);
  const attempts = built.map(({ attempt }) => attempt);
  const job = jobOf(trace, attempts);
  return {
    schema: "jobtrace.job/v1",
    as_of: formatInstant(trace.asOf),
    job,
    attempts,
    errors: compareErrors(attempts),
    effects: mergeEffects(attempts.map(({ effects }) => effects)),
    chain: chainOf(job, attempts),
    completeness: completenessOf(trace, built),
  };
}

function jobOf(trace: JobTrace, attempts: readonly Attempt[]): Job {
  const first = attempts[0];
  const last = attempts.at(-1);
  const anySpan =
    trace.attempts[0]?.root ?? trace.attempts[0]?.activeJob ?? trace.enqueues[0]?.span;
  const push = trace.enqueues[0];
  const created = createdTime(trace);
  return {
    jid: trace.jid,
    class: trace.jobClass ?? null,
    queue: trace.queue ?? null,
    service: (anySpan && textAttribute(anySpan.resource, "service.name")) ?? null,
    ...stateOf(trace, last),
    args: null,
    args_reason: "not_recorded",
    retry: { attempts_made: attempts.length, attempts_max: null, next_at: null },
    ids: {
      active_job_id: trace.activeJobId ?? null,
      batch_id: null,
      trace_ids: traceIds(trace),
      job_trace_id: jobTraceId(trace.jid),
      correlation: [],
    },
    created_at: created === undefined ? null : formatInstant(created),
    enqueued_at: first?.enqueued_at ?? (push === undefined ? null : formatInstant(push.span.end)),
    started_at: first?.started_at ?? null,
    finished_at: last?.finished_at ?? null,
    wait_ns: first?.wait_ns ?? null,
    wait_reason: first?.wait_ns == null ? waitReason(trace) : null,
    duration_ns: last?.duration_ns ?? null,
    enqueued_by: trace.enqueues.map(enqueued),
    enqueued_by_reason: trace.enqueues.length === 0 ? "not_recorded" : null,
  };
}

/** The payload's `created_at`: on every attempt's root, and on the push itself. */
function createdTime(trace: JobTrace): UnixNano | undefined {
  const spans = [trace.attempts[0]?.root, trace.enqueues[0]?.span];
  return spans.map((span) => span && createdAt(span)).find((time) => time !== undefined);
}

function waitReason(trace: JobTrace): Job["wait_reason"] {
  return waitOf(trace.attempts[0]?.root).kind === "clocks_disagree"
    ? "clocks_disagree"
    : "not_recorded";
}

function stateOf(
  trace: JobTrace,
  last: Attempt | undefined,
): Pick<Job, "state" | "state_detail" | "state_evidence"> {
  if (last === undefined) {
    const detail = trace.enqueues.at(-1)?.scheduled === true ? "scheduled" : null;
    const evidence = trace.enqueues.map(({ span }) => ({
      at: formatInstant(span.start),
      text: "enqueued; no attempt of it has been received since",
      span_id: span.spanId,
    }));
    return { state: "queued", state_detail: detail, state_evidence: evidence };
  }
  if (last.state === "interrupted") {
    const evidence = {
      at: last.error?.at ?? last.started_at,
      text: `attempt ${last.number} ended with ${last.error?.class ?? "an interruption"}, after which Sidekiq puts the job back`,
      span_id: last.root_span_id,
    };
    return { state: "queued", state_detail: "interrupted_by_shutdown", state_evidence: [evidence] };
  }
  return { state: last.state, state_detail: null, state_evidence: [] };
}

/** As received: in order of the first span, attempts' and enqueues' traces together. */
function traceIds(trace: JobTrace): readonly string[] {
  const spans = [
    ...trace.enqueues.map(({ span }) => span),
    ...trace.attempts.flatMap(({ root, activeJob, spans: members }) => [
      root,
      activeJob,
      members[0],
    ]),
  ].filter((span) => span !== undefined);
  return [
    ...new Set(
      spans
        .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))
        .map(({ traceId }) => traceId),
    ),
  ];
}
