/** `jobtrace list`: one job a line, in columns that never move, or one JSON object a line. */
import { padEnd, padStart, truncate } from "./layout.js";
import { formatInstant } from "../model/time.js";
import type { JobSummary } from "./job-summary.js";
import { asciiSigns, safeJson, safeText } from "./safe-text.js";
import { formatClock, formatDate, formatDuration } from "./time-words.js";
import type { View } from "./view.js";

/** Cells. Fixed, so that two runs can be compared by eye. */
const WIDTHS = {
  ended: 19,
  jid: 24,
  class: 28,
  queue: 10,
  state: 11,
  attempts: 8,
  took: 7,
} as const;

export function jobListLines(jobs: readonly JobSummary[], view: View): readonly string[] {
  const { style } = view;
  const header = row(["ended", "jid", "class", "queue", "state", "attempts", "took"], view);
  const lines = jobs.map((job) => {
    const isFailed = job.state === "failed";
    const text = row(
      [
        job.finished_at === null
          ? "–"
          : `${formatDate(job.finished_at, view.zone)} ${formatClock(job.finished_at, view.zone)}`,
        safeText(job.jid),
        safeText(job.class ?? "(not recorded)"),
        safeText(job.queue ?? "–"),
        isFailed ? "failed ✗" : job.state,
        String(job.attempts),
        job.duration_ns === null ? "–" : formatDuration(job.duration_ns),
      ],
      view,
    );
    return isFailed ? text.replace("failed ✗", style.error("failed ✗")) : text;
  });
  const all = [style.dim(header), ...lines, "", countsLine(jobs)];
  return view.ascii ? all.map(asciiSigns) : all;
}

function row(
  cells: readonly [string, string, string, string, string, string, string],
  view: View,
): string {
  const [ended, jid, name, queue, state, attempts, took] = cells;
  const fit = (text: string, width: number): string =>
    padEnd(view.width === undefined ? text : truncate(text, width), width);
  return [
    padEnd(ended, WIDTHS.ended),
    padEnd(jid, WIDTHS.jid),
    fit(name, WIDTHS.class),
    fit(queue, WIDTHS.queue),
    padEnd(state, WIDTHS.state),
    padStart(attempts, WIDTHS.attempts),
    padStart(took, WIDTHS.took),
  ]
    .join("  ")
    .trimEnd();
}

function countsLine(jobs: readonly JobSummary[]): string {
  const counts = new Map<string, number>();
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = ["completed", "failed", "orphaned", "running", "queued"].flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${count} ${state}`];
  });
  return `${jobs.length} ${jobs.length === 1 ? "job" : "jobs"}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}

/** `jobtrace.job-line/v1`. */
export function jobLineJson({ latest, ...job }: JobSummary): string {
  return safeJson({
    schema: "jobtrace.job-line/v1",
    ...job,
    latest_at: formatInstant(latest),
  });
}
