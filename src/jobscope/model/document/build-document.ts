/**
 * A job's spans → the document that every view is drawn from.
 *
 * Pure, and reads no clock: the same spans give the same document. Each statement in it comes from a recorded
 * span; what no span says is null or named in `completeness.not_recorded`.
 */
import { mergeEffects } from "../effects/merge-effects.js";
import { compareErrors } from "../errors/compare-errors.js";
import type { Job, JobDocument } from "../job-document.js";
import type { JobTrace } from "../job-trace.js";
import { textAttribute } from "../span.js";
import { formatInstant, type UnixNano } from "../time.js";
import {
  DEFAULT_RULES,
  noSurroundings,
  type ReadingRules,
  type Surroundings,
} from "../surroundings.js";
import { argsOf, batchIdOf, spansOfAttempt } from "./attempt-facts.js";
import { type BuiltAttempt, buildAttempts } from "./build-attempt.js";
import { chainOf } from "./chain.js";
import { completenessOf } from "./completeness.js";
import { correlationOf } from "./correlation.js";
import { enqueued } from "./enqueued-by.js";
import { jobState } from "./job-state.js";
import { createdAt, waitOf } from "./job-times.js";
import { jobTraceId } from "./job-trace-id.js";
import { orphanCandidate } from "./orphan-candidate.js";
import { retryPlan } from "./retry-plan.js";

/** `surroundings`: what the rest of the store says of the job; without it, its own spans alone tell. */
export function buildDocument(
  trace: JobTrace,
  surroundings: Surroundings = noSurroundings(trace.asOf),
  rules: ReadingRules = DEFAULT_RULES,
  full = false,
): JobDocument {
  const built = buildAttempts(trace, surroundings, rules, full);
  const attempts = built.map(({ attempt }) => attempt);
  const job = jobOf(trace, built, surroundings, rules);
  return {
    schema: "jobtrace.job/v1",
    as_of: formatInstant(trace.asOf),
    job,
    attempts,
    errors: compareErrors(attempts),
    effects: mergeEffects(attempts.map(({ effects }) => effects)),
    chain: chainOf(job, attempts, surroundings.neighbours),
    orphan_candidates: surroundings.orphans.traces.map(orphanCandidate),
    orphan_search: {
      batches: surroundings.orphans.batches ?? null,
      complete: surroundings.orphans.isComplete,
      omitted: surroundings.orphans.omitted,
    },
    completeness: completenessOf(trace, built, job),
  };
}

function jobOf(
  trace: JobTrace,
  built: readonly BuiltAttempt[],
  surroundings: Surroundings,
  rules: ReadingRules,
): Job {
  const attempts = built.map(({ attempt }) => attempt);
  const retry = retryPlan(trace, attempts);
  const spans = trace.attempts.flatMap(spansOfAttempt);
  const first = attempts[0];
  const last = attempts.at(-1);
  const anySpan = spans[0] ?? trace.enqueues[0]?.span ?? trace.outside[0];
  const push = trace.enqueues[0];
  const created = createdTime(trace);
  return {
    jid: trace.jid,
    class: trace.jobClass ?? null,
    queue: trace.queue ?? null,
    service: (anySpan && textAttribute(anySpan.resource, "service.name")) ?? null,
    ...jobState(trace, attempts, retry, built.at(-1)?.rootless),
    ...argsOf(trace.attempts),
    retry,
    ids: {
      active_job_id: trace.activeJobId ?? null,
      batch_id: batchIdOf([...spans, ...trace.enqueues.map(({ span }) => span)]),
      trace_ids: traceIds(trace),
      job_trace_id: jobTraceId(trace.jid),
      correlation: correlationOf(trace, rules.correlationKeys),
      siblings: surroundings.siblings.map((jid) => siblingOf(jid, surroundings)),
    },
    created_at: created === undefined ? null : formatInstant(created),
    enqueued_at: first?.enqueued_at ?? (push === undefined ? null : formatInstant(push.span.end)),
    started_at: first?.started_at ?? null,
    finished_at: last?.finished_at ?? null,
    wait_ns: first?.wait_ns ?? null,
    wait_reason: first?.wait_ns == null ? waitReason(trace) : null,
    duration_ns: last?.duration_ns ?? null,
    usual_duration: null,
    enqueued_by: trace.enqueues.map(enqueued),
    enqueued_by_reason: trace.enqueues.length === 0 ? "not_recorded" : null,
  };
}

function siblingOf(jid: string, { neighbours }: Surroundings): Job["ids"]["siblings"][number] {
  const known = neighbours.get(jid);
  const started = known?.startedAt;
  return {
    jid,
    state: known?.state ?? null,
    started_at: started === undefined ? null : formatInstant(started),
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

/** As received: in order of the first span, attempts' and enqueues' traces together. */
function traceIds(trace: JobTrace): readonly string[] {
  const spans = [
    ...trace.enqueues.map(({ span }) => span),
    ...trace.attempts.flatMap(({ root, activeJob, start, spans: members }) => [
      root,
      activeJob,
      start,
      ...(root === undefined ? members : members.slice(0, 1)),
    ]),
    ...trace.outside,
  ].filter((span) => span !== undefined);
  return [
    ...new Set(
      spans
        .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))
        .map(({ traceId }) => traceId),
    ),
  ];
}
