/**
 * Jobs in columns that never move, one a line. Three layouts: for a narrow terminal, for a wide one, and for a pipe, where
 * nothing is cut and every time has its date.
 */
import { countText } from "../model/count-text.js";
import type { Instant } from "../model/document-units.js";
import type { JobLine } from "./job-line.js";
import { noteOf, stateWord } from "./job-line-words.js";
import { padEnd, padStart, truncate } from "./layout.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { formatClock, formatDate, formatDuration } from "./time-words.js";
import type { View } from "./view.js";

export interface ListView extends Pick<View, "width" | "ascii" | "style" | "zone"> {
  /** Date of the reader's day: times of another day get a line that names it. */
  readonly today: string;
}

interface Column {
  readonly title: string;
  /** Cells. Numbers may take one of the two spaces before them as well. */
  readonly width: number;
  readonly align: "left" | "right";
  readonly text: (line: JobLine, view: ListView) => string;
}

const GAP = "  ";
/** From this width on there is room for the wide layout. */
const WIDE_MIN = 120;

const NONE = "–";

const ENDED: Column = {
  title: "ended",
  width: 8,
  align: "left",
  text: (line, { zone }) => clockOf(timeOf(line), zone),
};
const JID: Column = {
  title: "jid",
  width: 8,
  align: "left",
  text: ({ jid }, { ascii }) => shortId(jid, ascii),
};
const CLASS: Column = {
  title: "class",
  width: 16,
  align: "left",
  text: (line) => safeText(line.class ?? "(not recorded)"),
};
const QUEUE: Column = {
  title: "queue",
  width: 7,
  align: "left",
  text: (line) => safeText(line.queue ?? NONE),
};
const STATE: Column = { title: "state", width: 10, align: "left", text: stateWord };
const TRIES: Column = {
  title: "tries",
  width: 5,
  align: "right",
  text: (line) => String(line.attempts),
};
const TOOK: Column = { title: "took", width: 5, align: "right", text: tookText };
const WAITED: Column = { title: "waited", width: 6, align: "right", text: waitedText };
const DB: Column = {
  title: "db",
  width: 2,
  align: "right",
  text: (line) => shortCount(line.db_statements),
};
const HTTP: Column = {
  title: "http",
  width: 4,
  align: "right",
  text: (line) => shortCount(line.http_calls),
};
const ENQUEUED_BY: Column = {
  title: "enqueued by",
  width: 14,
  align: "left",
  text: (line) => safeText(line.enqueued_by?.title ?? NONE),
};
const NOTE: Column = { title: "note", width: 0, align: "left", text: noteOf };

const NARROW: readonly Column[] = [ENDED, JID, CLASS, STATE, TOOK, WAITED, NOTE];
const WIDE: readonly Column[] = [
  ENDED,
  JID,
  { ...CLASS, width: 15 },
  QUEUE,
  STATE,
  TRIES,
  TOOK,
  WAITED,
  DB,
  HTTP,
  ENQUEUED_BY,
  NOTE,
];
const PIPED: readonly Column[] = [
  { ...ENDED, width: 19, text: (line, { zone }) => dateAndClock(timeOf(line), zone) },
  { ...JID, width: 24, text: ({ jid }) => safeText(jid) },
  { ...CLASS, width: 28 },
  { ...QUEUE, width: 10 },
  STATE,
  TRIES,
  { ...TOOK, width: 7 },
  { ...WAITED, width: 7 },
  { ...DB, width: 4, text: (line) => String(line.db_statements) },
  { ...HTTP, text: (line) => String(line.http_calls) },
  { ...ENQUEUED_BY, width: 20 },
  NOTE,
];

export interface ListText {
  header(): string;
  /** The line of a job, after one that names its day where that changes. */
  rows(line: JobLine): readonly string[];
}

/** Keeps the day of the last line. `timeTitle`: over the first column, "ended" or what stands in it. */
export function createListText(view: ListView, timeTitle = ENDED.title): ListText {
  const { width, style, ascii } = view;
  const [time = ENDED, ...others] =
    width === undefined ? PIPED : width >= WIDE_MIN ? WIDE : columnsWithin(NARROW, width);
  const columns =
    time.title === ENDED.title ? [{ ...time, title: timeTitle }, ...others] : [time, ...others];
  let day = view.today;
  const finish = (text: string): string => (ascii ? asciiSigns(text) : text);
  return {
    header: () => finish(style.dim(rowOf(columns, ({ title }) => title, view).join(""))),
    rows(line) {
      const own = formatDate(timeOf(line) ?? line.latest_at, view.zone);
      const dayLine = own === day || width === undefined ? [] : [style.dim(own)];
      day = own;
      const cells = rowOf(columns, (column) => column.text(line, view), view);
      const text = cells.map((cell, at) => coloured(cell, columns[at], line, view)).join("");
      return [...dayLine, finish(text)];
    },
  };
}

/** Without those that a very narrow terminal has no room for: which job it is and its state stay. */
function columnsWithin(columns: readonly Column[], width: number): readonly Column[] {
  let left = columns;
  for (const column of [NOTE, WAITED, TOOK, ENDED]) {
    const needed = left.reduce((sum, each) => sum + each.width + GAP.length, 0);
    if (needed <= width) return left;
    left = left.filter((each) => each !== column);
  }
  return left;
}

/** Of what `tail` tells, else when the job ended. */
function timeOf(line: JobLine): Instant | null {
  return line.news_at ?? line.finished_at;
}

function rowOf(
  columns: readonly Column[],
  textOf: (column: Column) => string,
  { width, ascii }: ListView,
): readonly string[] {
  let used = 0;
  const cells = columns.map((column, at) => {
    const gap = at === 0 ? "" : GAP;
    const isLast = at === columns.length - 1;
    const takesRest = isLast && column.align === "left" && width !== undefined;
    const room = takesRest ? Math.max(1, width - used - 2) : column.width;
    const cell = cellOf(column, textOf(column), { gap, room, isLast, mayCut: width !== undefined });
    used += gap.length + column.width;
    return ascii ? asciiSigns(cell) : cell;
  });
  // No spaces at the ends of lines.
  const last = cells.findLastIndex((cell) => cell.trim() !== "");
  return cells.slice(0, last + 1).map((cell, at) => (at === last ? cell.trimEnd() : cell));

  function cellOf(
    { align }: Column,
    text: string,
    place: {
      readonly gap: string;
      readonly room: number;
      readonly isLast: boolean;
      readonly mayCut: boolean;
    },
  ): string {
    const { gap, room, isLast, mayCut } = place;
    if (align === "right") {
      const padded = padStart(text, room + gap.length);
      return padded.startsWith(" ") ? padded : ` ${padded}`;
    }
    // In ASCII the sign for what was cut takes three cells.
    const cutTo = ascii && truncate(text, room) !== text ? room - 2 : room;
    const fit = mayCut ? truncate(text, cutTo) : text;
    return gap + (isLast ? fit : padEnd(fit, ascii && fit !== text ? cutTo : room));
  }
}

function coloured(
  cell: string,
  column: Column | undefined,
  line: JobLine,
  { style }: ListView,
): string {
  if (column === undefined) return cell;
  if (column.title === "jid") return cell.replace(/\S+/, style.id);
  if (column.title !== "state") return cell;
  if (line.state === "failed") return cell.replace(/failed.*\S/, style.error);
  return line.state === "orphaned" ? cell.replace(/orphaned.*\S/, style.doubt) : cell;
}

function clockOf(at: Instant | null, zone: ListView["zone"]): string {
  return at === null ? NONE : formatClock(at, zone);
}

export function dateAndClock(at: Instant | null, zone: ListView["zone"]): string {
  return at === null ? NONE : `${formatDate(at, zone)} ${formatClock(at, zone)}`;
}

/** The beginning of an id of hex digits is enough to type; of another kind the end tells more. */
export function shortId(jid: string, ascii = false): string {
  const text = safeText(jid);
  if (text.length <= JID.width) return text;
  if (/^[0-9a-f-]+$/i.test(text)) return text.slice(0, JID.width);
  const cut = ascii ? "..." : "…";
  return `${cut}${text.slice(cut.length - JID.width)}`;
}

function tookText({ state, duration_ns: took }: JobLine): string {
  if (took !== null) return formatDuration(took);
  return state === "orphaned" ? "?" : NONE;
}

function waitedText({ wait_ns: wait, wait_reason: reason }: JobLine): string {
  if (wait !== null) return formatDuration(wait);
  return reason === "clocks_disagree" ? "?" : NONE;
}

/** In three characters: 999, 12k, 3M. */
function shortCount(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${Math.floor(count / 1000)}k` : `${Math.floor(count / 1_000_000)}M`;
}

/** What a list adds up to. */
export interface Counts {
  add(line: JobLine): void;
  readonly count: number;
  /** `remarks`: in brackets behind. */
  text(remarks: readonly string[]): string;
}

const STATES: readonly JobLine["state"][] = [
  "completed",
  "failed",
  "orphaned",
  "running",
  "queued",
];

export function createCounts(): Counts {
  const byState: Partial<Record<JobLine["state"], number>> = {};
  let count = 0;
  return {
    add({ state }) {
      count++;
      byState[state] = (byState[state] ?? 0) + 1;
    },
    get count() {
      return count;
    },
    text: (remarks) => countsText(count, byState, remarks),
  };
}

/** `5 jobs: 3 completed, 2 failed (since 08:15)`. */
export function countsText(
  count: number,
  byState: Readonly<Partial<Record<JobLine["state"], number>>>,
  remarks: readonly string[],
): string {
  const states = statesText(byState);
  const all = `${countText(count)} ${count === 1 ? "job" : "jobs"}`;
  const brackets = remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
  return `${all}${states === "" ? "" : `: ${states}`}${brackets}`;
}

/** Without states in which there is none. */
export function statesText(byState: Readonly<Partial<Record<JobLine["state"], number>>>): string {
  return STATES.flatMap((state) => {
    const own = byState[state] ?? 0;
    return own === 0 ? [] : [`${countText(own)} ${state}`];
  }).join(", ");
}

/** A point in time as a remark: `08:15` today, else with its date. */
export function momentText(at: Instant, { zone, today, width }: ListView): string {
  const clock = formatClock(at, zone).slice(0, 5);
  const date = formatDate(at, zone);
  return date === today && width !== undefined ? clock : `${date} ${clock}`;
}
