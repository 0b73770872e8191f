/** What is said when an id leads to no job, or to several: what was searched, what is near, what to type. */
import { countText } from "../model/count-text.js";
import type { FoundRow, JobStoreReader, StoreInfo } from "../store/job-store.js";
import { formatInstant } from "../model/time.js";
import { displayWidth, padEnd } from "./layout.js";
import type { JobLookup } from "./job-lookup.js";
import type { JobSummary } from "./job-summary.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { formatClock, formatDate, formatDuration } from "./time-words.js";
import { summariseJob } from "./summarise-job.js";
import type { View } from "./view.js";

type Ambiguous = Extract<JobLookup, { kind: "ambiguous" }>;
type Unknown = Extract<JobLookup, { kind: "unknown" }>;

const NEAREST_MAX = 5;
/** Beginnings shorter than this are alike by chance. Characters. */
const COMMON_PREFIX_MIN = 4;
const CANDIDATES_MAX = 500;

export function ambiguousLines({ id, jobs }: Ambiguous, view: View): readonly string[] {
  const ids = jobs.map(({ jid }) => jid);
  const rows = jobs.map((job) => [uniquePrefix(job.jid, ids), ...summaryCells(job, view)]);
  const lines = [`jobtrace: ${safeText(id)} matches ${jobs.length} jobs`, "", ...table(rows)];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

export function unknownLines(
  { id }: Unknown,
  near: readonly JobSummary[],
  info: StoreInfo,
  view: View,
): readonly string[] {
  const nearest =
    near.length === 0
      ? []
      : ["", "Nearest ids:", ...table(near.map((job) => [job.jid, ...summaryCells(job, view)]))];
  const lines = [
    `jobtrace: no job has the id ${safeText(id)}`,
    ...nearest,
    "",
    `Looked for a jid, ActiveJob id and trace id in ${countText(info.batchCount)} batches${spanOfTime(info, view)}`,
    `of ${safeText(info.location)}.`,
    "If the job is newer, Ruby sends every 5 s; if its worker exports elsewhere, nothing of it comes here.",
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function spanOfTime({ oldest, newest }: StoreInfo, { zone }: View): string {
  if (oldest === undefined || newest === undefined) return "";
  const text = (instant: string): string =>
    `${formatDate(instant, zone)} ${formatClock(instant, zone)}`;
  return `, ${text(formatInstant(oldest))} to ${text(formatInstant(newest))} (${zone})`;
}

/** `jobtrace.error/v1`: what `--json` prints on stderr. */
export function errorDocument(
  found: Ambiguous | Unknown,
  near: readonly JobSummary[],
  code: number,
): object {
  const jobs = found.kind === "ambiguous" ? found.jobs : near;
  return {
    schema: "jobtrace.error/v1",
    code,
    message:
      found.kind === "ambiguous"
        ? `${found.id} matches ${jobs.length} jobs`
        : `no job has the id ${found.id}`,
    candidates: jobs.map(({ jid, class: name, state }) => ({ jid, class: name, state })),
  };
}

/** Ids that share the longest beginning with `id`, newest first among equals. */
export async function nearestIds(
  reader: JobStoreReader,
  id: string,
): Promise<readonly JobSummary[]> {
  const found: JobSummary[] = [];
  for (
    let length = id.length - 1;
    length >= COMMON_PREFIX_MIN && found.length < NEAREST_MAX;
    length--
  ) {
    const ids = await reader.findJobIds(id.slice(0, length), CANDIDATES_MAX);
    const fresh: JobSummary[] = [];
    for (const each of ids) {
      if (found.some(({ jid }) => jid === each)) continue;
      const summary = await summariseJob(reader, jobRows(await reader.findRows(each)));
      if (summary !== undefined) fresh.push(summary);
    }
    found.push(...fresh.sort(newestFirst));
  }
  return found.slice(0, NEAREST_MAX);
}

function jobRows(rows: readonly FoundRow[]): readonly FoundRow[] {
  return rows.filter(({ role }) => role !== "alias" && role !== "active_job_enqueue");
}

function newestFirst(a: JobSummary, b: JobSummary): number {
  return a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0;
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

/** The shortest beginning that no other candidate has. */
export function uniquePrefix(id: string, ids: readonly string[]): string {
  for (let length = COMMON_PREFIX_MIN; length < id.length; length++) {
    const prefix = id.slice(0, length);
    if (ids.every((other) => other === id || !other.startsWith(prefix))) return safeText(prefix);
  }
  return safeText(id);
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
