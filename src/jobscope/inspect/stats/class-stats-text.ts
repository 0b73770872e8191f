/** One class of jobs: how its times spread, where they go, what failed, its last hour beside the time before. */
import { countText } from "../../model/count-text.js";
import type { Ns } from "../../model/document-units.js";
import type {
  Bucket,
  ClassDetail,
  ClassStats,
  StatsDocument,
  StepTimes,
  Stretch,
  TimeTable,
} from "../../model/stats/stats-document.js";
import { alignedCells, type Column, columnWidths, fitted } from "../columns.js";
import { failureName } from "../failures/failures-text.js";
import { type ListView, statesText } from "../job-list-text.js";
import { padEnd, padStart } from "../layout.js";
import { asciiSigns, safeText } from "../safe-text.js";
import { rangeText } from "../time-range.js";
import { formatDuration, formatShare } from "../time-words.js";
import { wrap } from "../wrap.js";
import { failedNote, numberText, shareText, sketchNote, timeText } from "./stats-words.js";

/** `stretch`: which time was asked for, in words. */
export function classStatsLines(
  document: StatsDocument,
  stretch: string,
  view: ListView,
): readonly string[] {
  const { classes, detail } = document;
  const [stats] = classes;
  if (stats === undefined || detail === null) return [];
  const sections = [
    headerLines(stats, stretch, view),
    histogramLines(detail.histogram, view),
    timeLines(detail.time, stats, view),
    failureLines(detail.failures, view),
    hourLines(detail, view),
    noteLines(stats, detail, view),
  ];
  const lines = sections
    .filter((section) => section.length > 0)
    .flatMap((section, at) => (at === 0 ? section : ["", ...section]));
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function headerLines(stats: ClassStats, stretch: string, view: ListView): readonly string[] {
  const { class: name, jobs, attempts, states, took, waited, db } = stats;
  const title = safeText(name ?? "(not recorded)");
  const counts = `${jobsText(jobs)}, ${countText(attempts)} ${attempts === 1 ? "attempt" : "attempts"}, ${stretch}`;
  const share =
    states.failed === 0 || states.failed === jobs
      ? ""
      : ` (${shareText(states.failed, jobs)} failed)`;
  const times = `took p50 ${timeText(took.p50_ns, took.exact)}, p95 ${timeText(took.p95_ns, took.exact)}, max ${timeText(took.max_ns)}`;
  const rest = `waited p95 ${timeText(waited.p95_ns, waited.exact)}; db p50 ${numberText(db.p50)}`;
  return [
    ...wrap(`${title}  ${counts}`, view.width, "", "  ").map((line, at) =>
      at === 0 && line.startsWith(title)
        ? view.style.strong(title) + line.slice(title.length)
        : line,
    ),
    ...wrap(`${statesText(states)}${share}; ${times}; ${rest}`, view.width, "", "  "),
  ];
}

const BAR = 24;
const LABEL_WIDTH = 8;

/** From the first bucket with a job to the last. */
function histogramLines(buckets: readonly Bucket[], { ascii }: ListView): readonly string[] {
  const first = buckets.findIndex(({ jobs }) => jobs > 0);
  if (first === -1) return [];
  const shown = buckets.slice(first, buckets.findLastIndex(({ jobs }) => jobs > 0) + 1);
  const most = Math.max(...shown.map(({ jobs }) => jobs));
  const countWidth = Math.max(5, countText(most).length);
  return shown.map(({ up_to_ns: upTo, jobs }, at) => {
    const label =
      upTo === null ? `>${boundText(buckets.at(-2)?.up_to_ns ?? 0)}` : `≤${boundText(upTo)}`;
    const name = padStart(ascii ? asciiSigns(label) : label, LABEL_WIDTH);
    const cells = Math.round((jobs / most) * BAR);
    const bar = cells > 0 ? "█".repeat(cells) : jobs > 0 ? "▏" : "";
    const line = `${at === 0 ? "took" : "    "} ${name}  ${padEnd(bar, BAR)}  ${padStart(countText(jobs), countWidth)}`;
    return line;
  });
}

/** `32ms`, `1s`, `3.2s`: bounds are told as round as they are. */
function boundText(bound: Ns): string {
  if (bound < 1e9) return `${Math.round(bound / 1e6)}ms`;
  if (bound < 60e9) return `${Number((bound / 1e9).toFixed(1))}s`;
  return formatDuration(bound);
}

const STEP_COLUMNS: readonly Column[] = [
  { title: "step", align: "left", width: 20 },
  { title: "share", align: "right", width: 5 },
  { title: "p50", align: "right", width: 5 },
  { title: "p95", align: "right", width: 5 },
  { title: "per job", align: "right", width: 7 },
];

function timeLines(time: TimeTable, stats: ClassStats, view: ListView): readonly string[] {
  if (time.jobs === 0) return [];
  const rows = [
    ...time.steps.map((step) => stepCells(step, time.jobs)),
    ...(time.omitted.steps === 0
      ? []
      : [
          [
            `${countText(time.omitted.steps)} more`,
            shareOf(time.omitted.total_ns, time),
            "",
            "",
            "",
          ],
        ]),
    ["own time, no span", ...timeCells(time.own), ""],
  ].map((cells) => (view.ascii ? cells.map(asciiSigns) : cells));
  const widths = columnWidths(STEP_COLUMNS, rows, view.width);
  const titles = STEP_COLUMNS.map(({ title }) => title);
  return [
    view.style.dim(alignedCells(STEP_COLUMNS, titles, widths, view.ascii).join("")),
    ...rows.map((cells) =>
      alignedCells(STEP_COLUMNS, cells, widths, view.ascii).join("").trimEnd(),
    ),
    ...timeNotes(time, stats).flatMap((note) => wrap(note, view.width, "", "  ")),
  ];
}

function stepCells(step: StepTimes, jobs: number): readonly string[] {
  const perJob = step.count / jobs;
  return [
    safeText(step.name),
    ...timeCells(step),
    perJob < 0.05 ? "<0.1" : perJob < 100 ? perJob.toFixed(1) : countText(Math.round(perJob)),
  ];
}

function timeCells({
  share,
  p50_ns: p50,
  p95_ns: p95,
  exact,
}: TimeTable["own"]): readonly string[] {
  return [share === null ? "–" : formatShare(share), timeText(p50, exact), timeText(p95, exact)];
}

function shareOf(part: Ns, { total_ns: total }: TimeTable): string {
  return total === 0 ? "–" : formatShare(part / total);
}

function timeNotes(time: TimeTable, { took }: ClassStats): readonly string[] {
  return [
    ...(time.jobs === took.jobs
      ? []
      : [`of the newest ${jobsText(time.jobs)} of ${countText(took.jobs)} that ended`]),
    // Rounding of a clock is no overlap.
    ...(time.overlap_ns * 100 < time.total_ns
      ? []
      : [
          `steps ran at the same time: shares add up to ${shareOf(time.total_ns + time.overlap_ns, time)}`,
        ]),
  ];
}

function failureLines(failures: ClassDetail["failures"], view: ListView): readonly string[] {
  const { jobs, jobs_read: read, groups, omitted } = failures;
  if (jobs === 0) return [];
  const start = `failures (${countText(jobs)})  `;
  const indent = " ".repeat(start.length);
  const countWidth = Math.max(...groups.map((group) => countText(group.jobs).length), 1);
  const lines = groups.map((group) => {
    const name = safeText(failureName(group));
    const where = group.step === null ? " in no recorded step" : ` at ${safeText(group.step.name)}`;
    const count = padStart(countText(group.jobs), countWidth);
    const room = view.width === undefined ? undefined : view.width - start.length - countWidth - 1;
    const text = fitted(name + where, room, view.ascii);
    return `${count} ${view.style.error(text.slice(0, name.length))}${text.slice(name.length)}`;
  });
  const more =
    omitted.groups === 0
      ? []
      : [
          `${countText(omitted.jobs)} in ${countText(omitted.groups)} more kinds (--limit=0 shows all)`,
        ];
  const unread = read === jobs ? [] : [`${countText(jobs - read)} not read`];
  return [...lines, ...more, ...unread].map((line, at) => (at === 0 ? start : indent) + line);
}

/** Fewer say nothing that could be compared. */
const STRETCH_JOBS_MIN = 20;

const HOUR_COLUMNS: readonly Column[] = [
  { title: "", align: "left", width: 9 },
  { title: "jobs", align: "right", width: 5 },
  { title: "failed", align: "right", width: 6 },
  { title: "p50", align: "right", width: 6 },
  { title: "p95", align: "right", width: 6 },
];

function hourLines({ last_hour: hour, before }: ClassDetail, view: ListView): readonly string[] {
  if (hour.took.jobs < STRETCH_JOBS_MIN || before.took.jobs < STRETCH_JOBS_MIN) return [];
  const rows = [stretchCells("last hour", hour), stretchCells("before", before)].map((cells) =>
    view.ascii ? cells.map(asciiSigns) : cells,
  );
  const widths = columnWidths(HOUR_COLUMNS, rows, view.width);
  const titles = HOUR_COLUMNS.map(({ title }) => title);
  const [first = "", second = ""] = rows.map((cells) =>
    alignedCells(HOUR_COLUMNS, cells, widths, view.ascii).join(""),
  );
  const range =
    hour.from === null || hour.to === null ? "" : `  ${rangeText(hour.from, hour.to, view)}`;
  return [
    view.style.dim(alignedCells(HOUR_COLUMNS, titles, widths, view.ascii).join("")),
    first + view.style.dim(range),
    second,
  ];
}

function stretchCells(name: string, { jobs, states, took }: Stretch): readonly string[] {
  return [
    name,
    countText(jobs),
    shareText(states.failed, jobs),
    timeText(took.p50_ns, took.exact),
    timeText(took.p95_ns, took.exact),
  ];
}

function noteLines(stats: ClassStats, { time }: ClassDetail, view: ListView): readonly string[] {
  return [
    ...failedNote(stats),
    ...sketchNote([stats.took, stats.waited, time.own, ...time.steps]),
  ].flatMap((note) => wrap(note, view.width, "", "  "));
}

function jobsText(count: number): string {
  return `${countText(count)} ${count === 1 ? "job" : "jobs"}`;
}
