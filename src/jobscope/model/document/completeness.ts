/** What the document cannot say, and why: the other half of telling the truth. */
import type { Completeness, Job } from "../job-document.js";
import type { Note, Step } from "../step-document.js";
import type { JobTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import { between, NANOS_PER_SECOND } from "../time.js";
import { spansOfAttempt } from "./attempt-facts.js";
import type { BuiltAttempt } from "./build-attempt.js";
import { createdAt, enqueuedAt } from "./job-times.js";

/** OTLP link flags: the sampled bit of W3C trace flags, and "whether the parent is remote is known". */
const FLAG_SAMPLED = 0x01;
const FLAG_HAS_REMOTE = 0x100;

export function completenessOf(
  trace: JobTrace,
  built: readonly BuiltAttempt[],
  { args_reason: argsReason, retry }: Pick<Job, "args_reason" | "retry">,
): Completeness {
  const missingParents = new Set(trace.attempts.flatMap(({ missingParents: missing }) => missing));
  const rootsMissing = trace.attempts.some(
    ({ root, activeJob }) => root === undefined && activeJob === undefined,
  );
  return {
    complete:
      missingParents.size === 0 &&
      !rootsMissing &&
      trace.attempts.length > 0 &&
      trace.unreadBatches === 0 &&
      retry.attempts_at_least === null &&
      !laterAttemptsAreNotSent(trace),
    level: trace.stamped ? 2 : 1,
    spans: trace.attempts.reduce((sum, attempt) => sum + spansOfAttempt(attempt).length, 0),
    missing_parents: missingParents.size,
    late_spans: trace.lateSpans,
    batches_not_read: trace.unreadBatches,
    log_lines: trace.logs === undefined ? null : trace.logs.lines.length + trace.logs.omitted,
    sampled: trace.attempts.some(({ root }) => root !== undefined && enqueuerWasSampledOut(root)),
    not_recorded: notRecorded(trace, built, { args_reason: argsReason, retry }),
    notes: notes(trace, built, retry),
  };
}

/**
 * With `propagation_style: :child` an attempt hangs under its push. Sidekiq's poller re-pushes a retry outside of tracing,
 * and then the whole attempt is not exported, unless `trace_poller_enqueue` is on.
 */
function laterAttemptsAreNotSent({ attempts }: JobTrace): boolean {
  const [only, ...more] = attempts;
  return (
    only?.root?.scope.name.endsWith("::Sidekiq") === true &&
    more.length === 0 &&
    only.root.parentSpanId !== undefined &&
    only.root.status.code === "error"
  );
}

/** Some other job of the trace has its attempt under its push, so this is the style in which a scheduled one is not sent. */
function scheduledIsNotSent({ attempts, enqueues }: JobTrace): boolean {
  const [push] = enqueues;
  return (
    attempts.length === 0 &&
    push?.scheduled === true &&
    push.enqueuedBy?.kind === "job" &&
    push.enqueuedBy.span.parentSpanId !== undefined
  );
}

/**
 * The span links to an enqueue that says it was not sampled. Sidekiq's poller re-pushes scheduled and retried jobs
 * outside of tracing, which looks the same, so only a job that went straight to its queue can tell.
 */
function enqueuerWasSampledOut(root: Span): boolean {
  const created = createdAt(root);
  const pushed = enqueuedAt(root);
  if (created === undefined || pushed === undefined || between(created, pushed) > NANOS_PER_SECOND)
    return false;
  return root.links.some(
    ({ flags }) => (flags & FLAG_HAS_REMOTE) !== 0 && (flags & FLAG_SAMPLED) === 0,
  );
}

function notRecorded(
  trace: JobTrace,
  built: readonly BuiltAttempt[],
  job: Pick<Job, "args_reason" | "retry">,
): readonly string[] {
  const steps = built.flatMap(({ attempt }) => attempt.steps);
  const missing: [string, boolean][] = [
    ["args", job.args_reason === "not_recorded"],
    ["retry_count", built.every(({ attempt }) => attempt.retry_count === null)],
    ["retry_limit", job.retry.attempts_max === null],
    ["thread", built.every(({ attempt }) => attempt.worker?.thread == null)],
    ["host", built.every(({ attempt }) => attempt.worker?.host == null)],
    ["logs", trace.logs?.lines.length === 0],
    ["enqueue", trace.enqueues.length === 0],
    ["attempts", trace.attempts.length === 0],
    ["enqueued_at", built.length > 0 && built.every(({ attempt }) => attempt.enqueued_at === null)],
    ["rows_affected", steps.some(writesWithoutRows)],
  ];
  return missing.filter(([, isMissing]) => isMissing).map(([name]) => name);
}

function writesWithoutRows(step: Step): boolean {
  return (
    step.detail?.type === "db" &&
    ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(step.detail.verb) &&
    step.detail.rows_affected === null
  );
}

function notes(
  trace: JobTrace,
  built: readonly BuiltAttempt[],
  retry: Job["retry"],
): readonly Note[] {
  const found = built.flatMap(({ notes: own }) => own);
  if (trace.attempts.length === 0) {
    found.push({
      code: "no_attempt_received",
      text: "no attempt of this job was received: it may be waiting, its worker may not export spans, or the worker stopped before the attempt ended",
    });
  }
  if (trace.unreadBatches > 0) {
    found.push({
      code: "too_many_spans",
      text: `its traces hold more spans than are read for one job: ${trace.unreadBatches} ${trace.unreadBatches === 1 ? "batch" : "batches"} received later ${trace.unreadBatches === 1 ? "was" : "were"} left out, so steps, gaps and effects tell of a part only`,
    });
  }
  if (laterAttemptsAreNotSent(trace)) {
    found.push({
      code: "later_attempts_not_sent",
      text: "the only recorded attempt failed; with propagation_style: :child attempts after the first are not sent unless trace_poller_enqueue is on, so what became of the job is not recorded",
    });
  }
  if (scheduledIsNotSent(trace)) {
    found.push({
      code: "scheduled_not_sent",
      text: "the job was pushed to run later; with propagation_style: :child such attempts are not sent unless trace_poller_enqueue is on",
    });
  }
  if (retry.attempts_at_least !== null) {
    found.push({
      code: "attempts_lost",
      text: `at least ${retry.attempts_at_least} attempts were made and ${retry.attempts_made} ${retry.attempts_made === 1 ? "was" : "were"} received: attempts are numbered among those received`,
    });
  }
  for (const { attempt } of built) {
    for (const other of attempt.overlaps.filter((number) => number > attempt.number)) {
      found.push({
        code: "ran_twice_at_once",
        text: `attempts ${attempt.number} and ${other} ran at the same time: this jid was run twice at once`,
      });
    }
  }
  if (built.some(({ attempt }) => attempt.known_by === "only_open_push")) {
    found.push({
      code: "known_by_only_open_push",
      text: "an attempt's own span never came; its spans are taken for this job's because no other push of their trace is without an attempt",
    });
  }
  return found;
}
