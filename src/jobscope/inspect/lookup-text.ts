/** What is said when an id leads to no job, or to several: what was searched, what is near, what to type. */
import { countText } from "../model/count-text.js";
import { formatInstant, type UnixNano } from "../model/time.js";
import type { StoreInfo } from "../store/job-store.js";
import { displayWidth, padEnd } from "./layout.js";
import { type JobLookup, MATCHES_MAX, type UnknownJob } from "./job-lookup.js";
import type { JobSummary } from "./job-summary.js";
import type { NearJob } from "./nearest-ids.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { formatClock, formatDate, formatDuration } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

type Ambiguous = Extract<JobLookup, { kind: "ambiguous" }>;
type NoneSelected = Extract<JobLookup, { kind: "none_selected" }>;

/** Each with the shortest beginning that is its own, to be typed. */
export function ambiguousLines(found: Ambiguous, view: View): readonly string[] {
  const rows = found.jobs.map((job) => [safeText(job.prefix), ...summaryCells(job, view)]);
  const lines = [`jobtrace: ${ambiguousText(found)}`, "", ...table(rows)];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function ambiguousText({ id, via, jobs }: Ambiguous): string {
  const least = jobs.length === MATCHES_MAX ? "at least " : "";
  const as = via === "prefix" || via === "jid" ? "" : `the ${via} `;
  return `${as}${safeText(id)} matches ${least}${jobs.length} jobs`;
}

export function noSelectionLines({ selection }: NoneSelected, view: View): readonly string[] {
  const lines = [`jobtrace: ${noSelectionText(selection)}`];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function noSelectionText({ selector, class: name }: NoneSelected["selection"]): string {
  const what = {
    "@last": "no job",
    "@failed": "no job that failed",
    "@slowest": "no job that ended",
  };
  return `${what[selector]}${name === undefined ? "" : ` of class ${safeText(name)}`} is in the store`;
}

export function unknownLines(
  found: UnknownJob,
  near: readonly NearJob[],
  info: StoreInfo,
  view: View,
): readonly string[] {
  const nearest =
    near.length === 0
      ? []
      : [
          "",
          "Nearest ids:",
          ...table(near.map((job) => [safeText(job.jid), ...summaryCells(job, view), job.reason])),
        ];
  const inTrace =
    found.inTrace === undefined
      ? []
      : ["", `It is in the trace ${found.inTrace}, and no job is known of that.`];
  const lines = [
    `jobtrace: no job has the id ${safeText(found.id)}`,
    ...inTrace,
    ...nearest,
    "",
    ...wrap(searchedText(found, info, view), view.width, "", ""),
    "If the job is older, raise retention; if newer, Ruby sends every 5 s.",
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

/** What was searched, how far back, how fresh. */
function searchedText({ searched }: UnknownJob, info: StoreInfo, view: View): string {
  const kinds = ["jid", "ActiveJob id", "trace id"];
  if (searched !== undefined) kinds.push("span id", "batch id", ...searched.keys);
  const list =
    kinds.length < 2 ? kinds.join("") : `${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}`;
  const within = `${countText(info.jobCountMax)} ${info.jobCountMax === 1 ? "job" : "jobs"}${spanOfTime(info, view)}`;
  const cut =
    searched === undefined || searched.isWhole || searched.oldest === undefined
      ? ""
      : ` Spans were looked through back to ${momentText(searched.oldest, view)}.`;
  return `Looked for a ${list} in ${within} of ${safeText(info.location)}.${cut}`;
}

function spanOfTime({ oldest, newest }: StoreInfo, view: View): string {
  if (oldest === undefined || newest === undefined) return "";
  return `, ${momentText(oldest, view)} to ${momentText(newest, view)} (${view.zone})`;
}

function momentText(time: UnixNano, { zone }: View): string {
  const instant = formatInstant(time);
  return `${formatDate(instant, zone)} ${formatClock(instant, zone)}`;
}

/** `jobtrace.error/v1`: what `--json` prints on stderr. */
export function errorDocument(
  found: Ambiguous | UnknownJob | NoneSelected,
  near: readonly JobSummary[],
  code: number,
): object {
  const jobs = found.kind === "ambiguous" ? found.jobs : near;
  const candidates = jobs.map(({ jid, class: name, state }) => ({ jid, class: name, state }));
  return errorOf(code, messageOf(found), candidates);
}

/** The same of whatever else was not found. */
export function errorOf(code: number, message: string, candidates: readonly object[] = []): object {
  return { schema: "jobtrace.error/v1", code, message, candidates };
}

function messageOf(found: Ambiguous | UnknownJob | NoneSelected): string {
  switch (found.kind) {
    case "ambiguous":
      return ambiguousText(found);
    case "none_selected":
      return noSelectionText(found.selection);
    case "unknown":
      return `no job has the id ${found.id}`;
  }
}

function summaryCells(job: JobSummary, { zone }: View): readonly string[] {
  const instant = formatInstant(job.latest);
  return [
    safeText(job.class ?? "(class not recorded)"),
    job.state === "failed" ? "failed ✗" : job.state,
    `${formatDate(instant, zone)} ${formatClock(instant, zone)}`,
    job.duration_ns === null ? "" : formatDuration(job.duration_ns),
  ];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries())
      widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell));
  }
  return rows.map((row) =>
    `  ${row.map((cell, at) => padEnd(cell, widths[at] ?? 0)).join("  ")}`.trimEnd(),
  );
}
