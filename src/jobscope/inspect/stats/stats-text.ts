/** Classes of jobs, one a line. */
import { countText } from "../../model/count-text.js";
import type { ClassStats, StatsDocument } from "../../model/stats/stats-document.js";
import { CLASSES_MAX } from "../../model/stats/tally-classes.js";
import { alignedCells, type Column, columnWidths } from "../columns.js";
import { countsText, type ListView } from "../job-list-text.js";
import { asciiSigns, safeText } from "../safe-text.js";
import { wrap } from "../wrap.js";
import { failedNote, numberText, shareText, sketchNote, timeText } from "./stats-words.js";

interface StatsColumn extends Column {
  readonly text: (stats: ClassStats) => string;
}

const number = (
  title: string,
  width: number,
  text: (stats: ClassStats) => string,
): StatsColumn => ({ title, width, align: "right", text });

const CLASS: StatsColumn = {
  title: "class",
  width: 16,
  align: "left",
  text: ({ class: name }) => safeText(name ?? "(not recorded)"),
};
const JOBS = number("jobs", 5, ({ jobs }) => countText(jobs));
const FAILED = number("failed", 6, ({ states, jobs }) => shareText(states.failed, jobs));
const ORPHANED = number("orph", 4, ({ states }) => countText(states.orphaned));
const P50 = number("p50", 6, ({ took }) => timeText(took.p50_ns, took.exact));
const P95 = number("p95", 6, ({ took }) => timeText(took.p95_ns, took.exact));
const MAX = number("max", 6, ({ took }) => timeText(took.max_ns));
const WAIT = number("wait p95", 8, ({ waited }) => timeText(waited.p95_ns, waited.exact));
const DB = number("db p50", 6, ({ db }) => numberText(db.p50));

const COLUMNS: readonly StatsColumn[] = [CLASS, JOBS, FAILED, ORPHANED, P50, P95, MAX, WAIT, DB];

/** `stretch`: which time was asked for, in words. */
export function statsLines(
  document: StatsDocument,
  stretch: string,
  view: ListView,
): readonly string[] {
  const { width, ascii, style } = view;
  const rows = document.classes;
  const columns = columnsWithin(width, rows);
  const textOf = (text: string): string => (ascii ? asciiSigns(text) : text);
  const cells = rows.map((stats) => columns.map(({ text }) => textOf(text(stats))));
  const widths = columnWidths(columns, cells, width);
  const titles = alignedCells(
    columns,
    columns.map(({ title }) => title),
    widths,
    ascii,
  ).join("");
  const table = cells.map((row, at) =>
    alignedCells(columns, row, widths, ascii)
      .map((cell, column) => coloured(cell, columns[column], rows[at], view))
      .join(""),
  );
  const lines = [
    ...(rows.length === 0 ? [] : [style.dim(titles), ...table, ""]),
    ...notesOf(document, stretch).flatMap((note) => wrap(note, width, "", "  ")),
  ];
  return ascii ? lines.map(asciiSigns) : lines;
}

/** A narrow terminal has no room for all: the class, how many, and how many failed stay. */
function columnsWithin(
  width: number | undefined,
  rows: readonly ClassStats[],
): readonly StatsColumn[] {
  let left = COLUMNS;
  for (const column of [DB, WAIT, MAX, P50, ORPHANED, P95]) {
    const widths = columnWidths(
      left,
      rows.map((stats) => left.map(({ text }) => text(stats))),
      0,
    );
    const needed = widths.reduce((sum, each) => sum + each + 2, -2);
    if (width === undefined || needed <= width) return left;
    left = left.filter((each) => each !== column);
  }
  return left;
}

function coloured(
  cell: string,
  column: StatsColumn | undefined,
  stats: ClassStats | undefined,
  { style }: ListView,
): string {
  if (column === FAILED && stats !== undefined && stats.states.failed > 0)
    return cell.replace(/\S+/, style.error);
  if (column === ORPHANED && stats !== undefined && stats.states.orphaned > 0)
    return cell.replace(/\S+/, style.doubt);
  return cell;
}

function notesOf(document: StatsDocument, stretch: string): readonly string[] {
  const { classes, jobs, states, jobs_of_other_classes: others } = document;
  const sampled = classes.filter(({ db, took }) => db.jobs < took.jobs);
  const most = sampled.reduce((max, { db }) => Math.max(max, db.jobs), 0);
  return [
    countsText(jobs, states, [stretch]),
    ...failedNote(document),
    ...(sampled.length === 0
      ? []
      : [
          `db p50 of ${countText(sampled.length)} ${sampled.length === 1 ? "class" : "classes"} is that of the newest jobs, at most ${countText(most)} of each`,
        ]),
    ...sketchNote(classes.flatMap(({ took, waited }) => [took, waited])),
    ...(others === 0
      ? []
      : [
          `${countText(others)} more ${others === 1 ? "job is" : "jobs are"} of other classes: no more than ${countText(CLASSES_MAX)} are listed`,
        ]),
  ];
}
