/** What the document cannot say, and why: the other half of telling the truth. */
import type { Completeness } from "../job-document.js";
import type { Note, Step } from "../step-document.js";
import type { JobTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import { between, NANOS_PER_SECOND } from "../time.js";
import type { BuiltAttempt } from "./build-attempt.js";
import { createdAt, enqueuedAt } from "./job-times.js";

/** OTLP link flags: the sampled bit of W3C trace flags, and "whether the parent is remote is known". */
const FLAG_SAMPLED = 0x01;
const FLAG_HAS_REMOTE = 0x100;

export function completenessOf(trace: JobTrace, built: readonly BuiltAttempt[]): Completeness {
  const missingParents = new Set(trace.attempts.flatMap(({ missingParents: missing }) => missing));
  const rootsMissing = trace.attempts.some(
    ({ root, activeJob }) => root === undefined && activeJob === undefined,
  );
  return {
    complete:
      missingParents.size === 0 &&
      !rootsMissing &&
      trace.attempts.length > 0 &&
      !laterAttemptsAreNotSent(trace),
    level: trace.stamped ? 2 : 1,
    spans: trace.attempts.reduce(
      (sum, attempt) => sum + spanCount(attempt.spans, attempt.root, attempt.activeJob),
      0,
    ),
    missing_parents: missingParents.size,
    late_spans: 0,
    log_lines: trace.logs === undefined ? null : trace.logs.lines.length + trace.logs.omitted,
    sampled: trace.attempts.some(({ root }) => root !== undefined && enqueuerWasSampledOut(root)),
    not_recorded: notRecorded(trace, built),
    notes: notes(trace, built),
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

function spanCount(spans: readonly Span[], ...roots: readonly (Span | undefined)[]): number {
  return spans.length + roots.filter((root) => root !== undefined).length;
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

function notRecorded(trace: JobTrace, built: readonly BuiltAttempt[]): readonly string[] {
  const steps = built.flatMap(({ attempt }) => attempt.steps);
  const missing: [string, boolean][] = [
    ["args", true],
    ["retry_count", built.every(({ attempt }) => attempt.retry_count === null)],
    ["retry_limit", true],
    ["thread", built.every(({ attempt }) => attempt.worker?.thread == null)],
    ["host", built.every(({ attempt }) => attempt.worker?.host == null)],
    ["logs", trace.logs === undefined || trace.logs.lines.length === 0],
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

function notes(trace: JobTrace, built: readonly BuiltAttempt[]): readonly Note[] {
  const found = built.flatMap(({ notes: own }) => own);
  if (trace.attempts.length === 0) {
    found.push({
      code: "no_attempt_received",
      text: "no attempt of this job was received: it may be waiting, its worker may not export spans, or the worker stopped before the attempt ended",
    });
  }
  if (laterAttemptsAreNotSent(trace)) {
    found.push({
      code: "later_attempts_not_sent",
      text: "the only recorded attempt failed; with propagation_style: :child attempts after the first are not sent unless trace_poller_enqueue is on, so what became of the job is not recorded",
    });
  }
  return found;
}
