/** The answers of the incident checklist in words, in their fixed order. Facts only: no advice, no guess, no score. */
import { countText } from "../model/count-text.js";
import type { Effects, HttpEffect } from "../model/effects-document.js";
import { tablesText } from "../model/effects/effects-line.js";
import type { Measured, NamedStep, RaisedError, WhyDocument } from "../model/why/why-document.js";
import { enqueuerText } from "./enqueuer-text.js";
import { rubyCall } from "./ruby-call.js";
import { safeText } from "./safe-text.js";
import {
  formatClock,
  formatDate,
  formatDuration,
  formatOffset,
  type TimeZone,
} from "./time-words.js";

export interface Answer {
  readonly label: string;
  /** Safe to print. */
  readonly text: string;
}

/** Of ids that are named beside the one that was asked for. Characters. */
const ID_SHOWN = 8;
const NO_ATTEMPT = "no attempt was received";
const LEVEL_2 = "level 2: jobtrace help ruby";

export function whyAnswers(document: WhyDocument, zone: TimeZone): readonly Answer[] {
  const answers: readonly (readonly [string, string])[] = [
    ["Found by", foundByText(document)],
    ["First error", errorText(document)],
    ["Error changed", changedText(document)],
    ["Last finished step", lastStepText(document)],
    ["Never closed", neverClosedText(document)],
    ["Left behind", leftBehindText(document)],
    ["Retries", retriesText(document, zone)],
    ["Same window", sameWindowText(document, zone)],
    ["Enqueued by", enqueuedText(document, zone)],
    ["Waited", measuredText(document.waited)],
    ["Took", tookText(document)],
    ["Logs", logsText(document)],
    ["Run it locally", runText(document)],
    ["Missing", missingText(document)],
  ];
  return answers.map(([label, text]) => ({ label, text: safeText(text) }));
}

function foundByText({ found_by: found }: WhyDocument): string {
  const also = found.also.map(({ kind, id }) =>
    kind === "trace" ? `trace ${id.slice(0, ID_SHOWN)}…` : `${kind} ${id}`,
  );
  return also.length === 0 ? found.kind : `${found.kind}. Also: ${also.join(", ")}`;
}

function errorText({ first_error: error, job }: WhyDocument): string {
  if (error !== null) return `attempt ${error.attempt}: ${raisedText(error)}`;
  return noneFailed(job);
}

function noneFailed({ attempts }: WhyDocument["job"]): string {
  return attempts === 0 ? NO_ATTEMPT : "no attempt failed";
}

function raisedText({ class: name, step, frame }: RaisedError): string {
  if (step !== null) return `${name} in ${step.name}`;
  return `${name} in no recorded step${frame === null ? "" : `, at ${frame}`}`;
}

function changedText({ error_changed: changed, job }: WhyDocument): string {
  if (changed === null) return noneFailed(job);
  if (changed.to !== null)
    return `yes, at attempt ${changed.to.attempt}: ${raisedText(changed.to)}`;
  return changed.failed_attempts === 1
    ? "no: one attempt failed"
    : `no: the same in all ${changed.failed_attempts} attempts that failed`;
}

function lastStepText({ last_finished_step: last, job }: WhyDocument): string {
  if (last === null) return job.attempts === 0 ? NO_ATTEMPT : "none recorded";
  const step = `${last.step.name} at ${at(last.step)}`;
  return job.attempts === 1 ? step : `attempt ${last.attempt}: ${step}`;
}

function at({ offset_ns: offset }: NamedStep): string {
  return `[${formatOffset(offset)}]`;
}

function neverClosedText({ never_closed: open, job }: WhyDocument): string {
  if (job.attempts === 0) return NO_ATTEMPT;
  if (open.length === 0) return "nothing";
  return open
    .map(({ attempt, title, span_id: id, finished_children: children }) => {
      const name = title ?? `span ${id}, name not received, ${countText(children)} finished inside`;
      return job.attempts === 1 ? name : `attempt ${attempt}: ${name}`;
    })
    .join("; ");
}

function leftBehindText({ left_behind: left, job }: WhyDocument): string {
  const text = [
    tablesText(left.tables.filter(({ outcome }) => outcome !== null)),
    ...left.http.map(callText),
    ...left.jobs.map(
      ({ class: name, jids }) =>
        `${name}${jids.length > 1 ? ` ×${countText(jids.length)}` : ""} enqueued`,
    ),
    mailText(left),
  ]
    .filter(Boolean)
    .join("; ");
  if (text !== "") return text;
  return job.attempts === 0 ? NO_ATTEMPT : "nothing recorded";
}

function callText({ method, host, path_pattern: path, calls, statuses }: HttpEffect): string {
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const results = [...Object.keys(statuses), ...(answered < calls ? ["no response recorded"] : [])];
  const count = calls > 1 ? ` ×${countText(calls)}` : "";
  return `${method} ${host ?? "(host not recorded)"}${path ?? ""}${count}, ${results.join(", ")}`;
}

function mailText({ mail: { count } }: Effects): string {
  return count === 0 ? "" : `${countText(count)} ${count === 1 ? "mail" : "mails"} sent`;
}

function retriesText(
  { retries: { used, max, next_at: next }, job }: WhyDocument,
  zone: TimeZone,
): string {
  const count =
    max === null ? `${used} used; limit not recorded (${LEVEL_2})` : `${used} of ${max} used`;
  const after =
    next === null || job.state === "completed"
      ? ""
      : `; next ${formatClock(next, zone)} (default backoff)`;
  return count + after;
}

const WINDOW_KINDS = { http: "", database: "database ", redis: "Redis " } as const;

function sameWindowText(document: WhyDocument, zone: TimeZone): string {
  const { same_window: window } = document;
  if (window === null) return noWindowText(document);
  const {
    target,
    jobs,
    classes,
    first_at: first,
    last_at: last,
    jobs_hour_before: before,
  } = window;
  const name = WINDOW_KINDS[target.kind] + target.name;
  const cut = window.complete
    ? ""
    : `; at least: the newest ${countText(window.jobs_read)} failed jobs were read, and there are more`;
  const recorded =
    window.recorded_from === null
      ? ""
      : ` (recorded from ${formatClock(window.recorded_from, zone)} on)`;
  const hour = `${countText(before)} in the hour before${recorded}`;
  if (jobs === 0 || first === null || last === null)
    return `${name} failed for no other job; ${hour}${cut}`;
  const between = `${formatClock(first, zone)} to ${formatClock(last, zone)}`;
  return `${name} failed for ${countText(jobs)} other ${plural(jobs, "job")} of ${plural(classes.length, `${classes.length} class`, "es")} ${between}; ${hour}${cut}`;
}

function noWindowText({
  same_window_reason: reason,
  first_error: error,
  job,
}: WhyDocument): string {
  if (reason === "no_failing_step") return "the error was raised in no recorded step";
  if (reason === "step_names_no_target")
    return `${error?.step?.name ?? "the step"} names no host, database or Redis`;
  return noneFailed(job);
}

function enqueuedText({ enqueued_by: by }: WhyDocument, zone: TimeZone): string {
  if (by === null) return "not recorded (the process that enqueues sends no spans)";
  const when = `${formatDate(by.at, zone)} ${formatClock(by.at, zone, true)}`;
  return `${enqueuerText(by)} ${when}${by.scheduled === true ? ", to run later" : ""}`;
}

function measuredText({ ns, reason, of_class: all }: Measured): string {
  const own =
    ns !== null
      ? formatDuration(ns)
      : reason === "clocks_disagree"
        ? "unknown (clocks disagree)"
        : "not recorded";
  if (all === null) return own;
  const { p50_ns: p50, p95_ns: p95, jobs } = all;
  return `${own} (class p50 ${formatDuration(p50)}, p95 ${formatDuration(p95)}, ${countText(jobs)} ${plural(jobs, "job")})`;
}

function tookText({ took, job }: WhyDocument): string {
  const text = measuredText(took);
  return took.attempt === null || job.attempts === 1 ? text : `attempt ${took.attempt}: ${text}`;
}

function logsText({ logs: { lines }, job }: WhyDocument): string {
  if (lines === null) return "not recorded (opentelemetry-instrumentation-logger)";
  return `${countText(lines)} ${plural(lines, "line")}${lines === 0 ? "" : `: jobtrace logs ${job.jid.slice(0, ID_SHOWN)}`}`;
}

function runText({ run_locally: call }: WhyDocument): string {
  return call === null ? `args not recorded (${LEVEL_2})` : rubyCall(call.class, call.args);
}

function missingText({ missing: { spans, missing_parents: parents, notes } }: WhyDocument): string {
  const counts = `${countText(spans)} ${plural(spans, "span")}, ${countText(parents)} ${plural(parents, "parent")} missing`;
  const found = notes.map(({ text }) => text);
  if (found.length > 0) return `${counts}; ${found.join("; ")}`;
  return parents === 0 && spans > 0 ? `nothing; ${counts}` : counts;
}

function plural(count: number, word: string, ending = "s"): string {
  return count === 1 || word.startsWith("1 ") ? word : `${word}${ending}`;
}
