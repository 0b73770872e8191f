/** All attempts of a job, one a line: when, how long, how it ended. */
import type { Attempt, JobDocument } from "../model/job-document.js";
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDuration } from "./time-words.js";
import type { View } from "./view.js";

/** From this width on the table has all its columns. */
const WIDE_MIN = 120;

/** PostgreSQL's messages begin with it. That it is an error is said already. */
const SEVERITY = /^ERROR: +/;

export function attemptsTable(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const isWide = view.width === undefined || view.width >= WIDE_MIN;
  // Sidekiq's own counter is absent on the first run; that says something only where it is recorded at all.
  const hasCounter = document.attempts.some(({ retry_count: count }) => count !== null);
  const rows = document.attempts.map((attempt) =>
    isWide ? wideRow(attempt, hasCounter, view) : narrowRow(attempt, view),
  );
  const titles = isWide
    ? ["#", `started (${view.zone})`, "waited", "duration", "retry_count", "worker"]
    : undefined;
  const widths = rows.reduce<number[]>(
    (most, cells) => cells.map((cell, at) => Math.max(most[at] ?? 0, displayWidth(cell))),
    titles?.map((title) => title.length) ?? [],
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => alignCell(cell, at, widths[at] ?? 0, isWide)).join("  ");
  const lines = document.attempts.map((attempt, at) => {
    const start = `  ${line(rows[at] ?? [])}  `;
    const result = resultText(document, attempt);
    const text =
      view.width === undefined ? result : truncate(result, view.width - displayWidth(start));
    const isShown = shown.includes(attempt);
    const painted = attempt.error === null ? text : view.style.error(text);
    return isShown
      ? start + painted
      : view.style.dim(start) + (attempt.error === null ? view.style.dim(text) : painted);
  });
  return ["Attempts", ...(titles === undefined ? [] : [`  ${line(titles)}  result`]), ...lines];
}

function narrowRow(attempt: Attempt, view: View): readonly string[] {
  return [String(attempt.number), formatClock(attempt.started_at, view.zone), durationOf(attempt)];
}

function wideRow(attempt: Attempt, hasCounter: boolean, view: View): readonly string[] {
  const { worker } = attempt;
  const place = [worker?.host, worker?.pid].filter((part) => part != null).join(":");
  const name = [place, worker?.thread].filter(Boolean).join("/");
  return [
    String(attempt.number),
    formatClock(attempt.started_at, view.zone, true),
    attempt.wait_ns === null ? "?" : formatDuration(attempt.wait_ns),
    durationOf(attempt),
    attempt.retry_count === null
      ? hasCounter
        ? "none"
        : "not recorded"
      : String(attempt.retry_count),
    name === "" ? "not recorded" : safeText(name),
  ];
}

function durationOf({ duration_ns: duration }: Attempt): string {
  return duration === null ? "?" : formatDuration(duration);
}

/** Waits and durations are numbers: they stand on the right. */
function alignCell(cell: string, at: number, width: number, isWide: boolean): string {
  const isNumber = isWide ? at === 2 || at === 3 : at === 2;
  return isNumber ? padStart(cell, width) : padEnd(cell, width);
}

function resultText({ errors }: JobDocument, attempt: Attempt): string {
  const { error } = attempt;
  if (error === null) return attempt.state;
  if (attempt.state === "interrupted") return `interrupted, put back (${safeText(error.class)})`;
  const sameAs = errors.by_attempt.find((each) => each.attempt === attempt.number)?.same_as;
  const message =
    sameAs == null ? safeText(error.message.replace(SEVERITY, "")) : `as attempt ${sameAs}`;
  return `✗ ${safeText(error.class)}${message === "" ? "" : `  ${message}`}`;
}
