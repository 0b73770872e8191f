/** The first lines of a job: which it is, how long it took, its state, who enqueued it. */
import type { Attempt, Enqueued, Job, JobDocument } from "../model/job-document.js";
import { lastEnd } from "../model/step-end.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDate, formatDuration, formatOffset } from "./time-words.js";
import type { View } from "./view.js";

export function headerLines(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const { job } = document;
  const name = job.class === null ? "(class not recorded)" : safeText(job.class);
  return [
    `Job: ${view.style.strong(name)} (jid=${view.style.id(safeText(job.jid))})`,
    `Duration: ${durationText(document, shown)}`,
    ...(job.state === "completed" && job.state_detail === null ? [] : [stateLine(document, view)]),
    ...(view.brief ? [] : [...siblingLines(job), ...enqueuedLines(job, view)]),
  ];
}

function durationText({ job, attempts }: JobDocument, shown: readonly Attempt[]): string {
  const [attempt] = shown;
  if (attempt === undefined) return "not recorded";
  const took =
    attempt.duration_ns === null
      ? openText(attempt, job.state)
      : formatDuration(attempt.duration_ns);
  return attempts.length > 1 && shown.length === 1
    ? `${took} (attempt ${attempt.number} of ${job.retry.attempts_at_least === null ? "" : "≥"}${Math.max(attempts.length, job.retry.attempts_at_least ?? 0)})`
    : took;
}

/** Of an attempt whose end was not received: as far as its steps reach. */
function openText({ steps, state }: Attempt, jobState: Job["state"]): string {
  const last = lastEnd(steps);
  return state === "running" && jobState === "running"
    ? `${formatDuration(last)} so far`
    : `unknown; last record at ${formatOffset(last)}`;
}

function stateLine(document: JobDocument, view: View): string {
  const { job, attempts } = document;
  switch (job.state) {
    case "failed":
      return `State: ${view.style.error("failed ✗")} ${failedText(document, view)}`;
    case "queued":
      return `State: ${queuedText(job, attempts.length)}`;
    case "running":
      return `State: running${workerText(attempts.at(-1))}; its end was not received`;
    case "orphaned":
      return `State: ${view.style.doubt("orphaned !")} the worker stopped before the job ended`;
    case "completed":
      return `State: completed; ${handledText(attempts.at(-1))}`;
  }
}

function failedText({ job }: JobDocument, view: View): string {
  const { retry } = job;
  const least = retry.attempts_at_least;
  const made = least === null ? String(retry.attempts_made) : `≥${least}`;
  const count = `${made} ${made === "1" ? "attempt" : "attempts"}`;
  if (retry.attempts_max === null) return `after ${count} (retry limit not recorded)`;
  const of = `${made} of ${retry.attempts_max} attempts`;
  const { next_at: from, next_until: until } = retry;
  if (from === null || until === null)
    return job.state_detail === "dead" ? `${of}; it will not be tried again` : of;
  const times = [from, until].map((time) => formatClock(time, view.zone));
  return `${of}; next ${times.join(" to ")} (default backoff)`;
}

/** What ActiveJob did with an error that the job system never saw. */
function handledText(last: Attempt | undefined): string {
  const name = safeText(last?.error?.class ?? "an error");
  const handled = last?.handled ?? "discarded";
  switch (handled) {
    case "retried":
      return `ActiveJob caught ${name} and enqueued it again under a new jid`;
    case "gave_up":
      return `ActiveJob caught ${name} and does not try again`;
    case "discarded":
      return `ActiveJob caught ${name} and discarded the job`;
  }
}

function queuedText({ state_detail: detail }: Job, attempts: number): string {
  if (detail === "interrupted_by_shutdown")
    return "queued, put back by a shutdown; no later attempt received";
  if (detail === "scheduled")
    return attempts === 0
      ? "queued to run later; no attempt received"
      : "queued, put back to run later; no later attempt received";
  return "queued; no attempt received";
}

function workerText(attempt: Attempt | undefined): string {
  const { host = null, pid = null, thread = null } = attempt?.worker ?? {};
  const parts = [
    host === null ? "" : safeText(host),
    pid === null ? "" : `pid ${pid}`,
    thread === null ? "" : `thread ${safeText(thread)}`,
  ].filter(Boolean);
  return parts.length === 0 ? "" : ` on ${parts.join(", ")}`;
}

/** ActiveJob's retry_on gives each attempt a jid of its own. */
function siblingLines({ ids }: Job): readonly string[] {
  if (ids.siblings.length === 0) return [];
  const jobs = ids.siblings.map(
    ({ jid, state }) => `${safeText(jid)} (${state ?? "not received"})`,
  );
  return [`Same ActiveJob: ${jobs.join(", ")}`];
}

function enqueuedLines(job: Job, view: View): readonly string[] {
  const [first] = job.enqueued_by;
  const waited = job.wait_ns === null ? "" : `waited ${formatDuration(job.wait_ns)}`;
  const clocks = job.wait_reason === "clocks_disagree" ? "waited unknown (clocks)" : "";
  const [correlation] = job.ids.correlation;
  const tie =
    correlation === undefined ? "" : `${safeText(correlation.key)} ${safeText(correlation.value)}`;
  if (first === undefined) {
    return [
      ...(waited + clocks === "" ? [] : [`Waited: ${(waited + clocks).replace("waited ", "")}`]),
      ...(tie === "" ? [] : [`Correlation: ${tie}`]),
    ];
  }
  const by = enqueuerText(first);
  const at = `${formatDate(first.at, view.zone)} ${formatClock(first.at, view.zone, true)}`;
  const parts = [
    `${by} at ${at}`,
    first.scheduled === true ? "to run later" : "",
    tie,
    waited + clocks,
  ].filter(Boolean);
  return [`Enqueued by: ${parts.join(", ")}`];
}

function enqueuerText({ kind, title, jid, service }: Enqueued): string {
  if (kind === "not_received") return "(not received)";
  if (kind === "none" || title === null)
    return `${safeText(service ?? "(service not recorded)")}, outside any span`;
  if (kind === "job") return `${safeText(title)} ${safeText((jid ?? "").slice(0, 8))}`;
  return service === null ? safeText(title) : `${safeText(title)} (${safeText(service)})`;
}
