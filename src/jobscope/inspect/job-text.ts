/**
 * A job's document as text: who it is and how it went, what is doubtful, the timeline, what it changed.
 *
 * Lines appear only when they say something: a normal job has a header of two lines. `--brief` leaves the two lines
 * and the steps, for a ticket.
 */
import { effectsLine, tablesText } from "../model/effects/effects-line.js";
import type { Effects } from "../model/effects-document.js";
import type { Attempt, Enqueued, JobDocument } from "../model/job-document.js";
import { attemptsTable } from "./attempts-table.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { shownAttempts } from "./shown-attempts.js";
import { timelineLines } from "./timeline-text.js";
import { formatClock, formatDate, formatDuration } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

/** From this width on the footer also says what there was none of. Columns. */
const WIDE_MIN = 100;

export function jobLines(document: JobDocument, view: View): readonly string[] {
  const shown = shownAttempts(document, view.attempt);
  const several = document.attempts.length > 1;
  const sections = [
    headerLines(document, shown.attempts, view),
    several && !view.brief ? attemptsTable(document, shown.attempts, view) : [],
    view.brief ? [] : doubtLines(document, shown.reason, view),
    ...shown.attempts.map((attempt) => [
      ...(several && !view.brief ? [`Attempt ${attempt.number}`] : []),
      ...timelineLines(attempt, view),
    ]),
    view.brief ? [] : footerLines(document, shown.attempts, view),
  ];
  const lines = sections
    .filter((section) => section.length > 0)
    .flatMap((section, at) => (at === 0 ? section : ["", ...section]));
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function headerLines(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const { job, attempts } = document;
  const name = job.class === null ? "(class not recorded)" : safeText(job.class);
  return [
    `Job: ${view.style.strong(name)} (jid=${view.style.id(safeText(job.jid))})`,
    `Duration: ${durationText(shown, attempts.length)}`,
    ...(job.state === "completed" ? [] : [stateLine(document, view)]),
    ...(view.brief ? [] : enqueuedLines(document, view)),
  ];
}

function durationText(shown: readonly Attempt[], count: number): string {
  const [attempt] = shown;
  if (attempt === undefined) return "not recorded";
  const took = attempt.duration_ns === null ? "not recorded" : formatDuration(attempt.duration_ns);
  return count > 1 && shown.length === 1 ? `${took} (attempt ${attempt.number} of ${count})` : took;
}

function stateLine({ job, attempts }: JobDocument, { style }: View): string {
  const count = `${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"}`;
  switch (job.state) {
    case "failed":
      return `State: ${style.error("failed ✗")} after ${count} (retry limit not recorded)`;
    case "queued":
      if (job.state_detail === "interrupted_by_shutdown")
        return "State: queued, put back by a shutdown; no later attempt received";
      return job.state_detail === "scheduled"
        ? "State: queued to run later; no attempt received"
        : "State: queued; no attempt received";
    case "running":
      return "State: running; its end was not received";
    case "orphaned":
      return `State: ${style.doubt("orphaned !")} the worker stopped before the job ended`;
    case "completed":
      return "State: completed";
  }
}

function enqueuedLines({ job }: JobDocument, view: View): readonly string[] {
  const [first] = job.enqueued_by;
  const waited = job.wait_ns === null ? "" : `waited ${formatDuration(job.wait_ns)}`;
  const clocks = job.wait_reason === "clocks_disagree" ? "waited unknown (clocks)" : "";
  if (first === undefined)
    return waited + clocks === "" ? [] : [`Waited: ${(waited + clocks).replace("waited ", "")}`];
  const by = enqueuerText(first);
  const at = `${formatDate(first.at, view.zone)} ${formatClock(first.at, view.zone, true)}`;
  const parts = [
    `${by} at ${at}`,
    first.scheduled === true ? "to run later" : "",
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

function doubtLines(
  document: JobDocument,
  reason: string | undefined,
  view: View,
): readonly string[] {
  const { attempts, completeness } = document;
  const doubts: string[] = reason === undefined ? [] : [reason];
  for (const { number, left_behind: left } of attempts) {
    const text = left === null ? "" : leftBehindText(left);
    if (text !== "") doubts.push(`Attempt ${number} left behind: ${text}`);
  }
  if (completeness.missing_parents > 0) {
    const count = completeness.missing_parents;
    doubts.push(
      `Spans are missing: ${count} ${count === 1 ? "parent was named and never came" : "parents were named and never came"}`,
    );
  }
  for (const { text } of completeness.notes)
    doubts.push(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
  return doubts.flatMap((doubt) =>
    wrap(safeText(doubt), view.width, "! ", "  ").map(view.style.doubt),
  );
}

function leftBehindText(left: Effects): string {
  const writes = left.tables.filter(({ outcome }) => outcome !== null);
  return [tablesText(writes), effectsLine({ ...left, tables: [] }, false)]
    .filter(Boolean)
    .join("; ");
}

function footerLines(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const { attempts, completeness, job } = document;
  const effects = shown.length === 1 ? shown[0]?.effects : document.effects;
  const isWide = view.width === undefined || view.width >= WIDE_MIN;
  const text = effects === undefined || shown.length === 0 ? "" : effectsLine(effects, isWide);
  const others =
    attempts.length > 1 && shown.length === 1
      ? `jobtrace inspect ${safeText(job.jid.slice(0, 8))} --attempt=all`
      : "";
  return [
    ...(text === "" ? [] : wrap(safeText(text), view.width, "Effects: ", "         ")),
    ...(others === "" || view.width === undefined ? [] : [view.style.dim(`Next:    ${others}`)]),
    ...(view.full
      ? wrap(completeness.not_recorded.join(", "), view.width, "Not recorded: ", "  ")
      : []),
  ];
}
