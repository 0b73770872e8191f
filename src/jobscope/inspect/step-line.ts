/** One step as one line: title, facts and doubts, how long it took, and where in the attempt it lay. */
import type { Ns } from "../model/document-units.js";
import type { Step } from "../model/step-document.js";
import { displayWidth, padStart, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { formatDuration } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

/** From this width on there is room for the waterfall. Columns. */
const WATERFALL_WIDTH_MIN = 100;
const WATERFALL_CELLS = 24;

/** Columns between a duration and the waterfall. */
const GAP = 2;

/** A title is never cut to less than this, whatever stands beside it. Columns. */
const TITLE_WIDTH_MIN = 8;
/** Nor are its facts, in a terminal that is too narrow for both. Columns. */
const FACTS_WIDTH_MIN = 6;
/** Of title, facts and duration together, beside a doubt. Columns. */
const SHOWN_WIDTH_MIN = 24;

export interface LinePlace {
  /** The first column, padded. */
  readonly time: string;
  /** `┌ `, `│ `, `└ ` for what ran at the same time. */
  readonly gutter: string;
  /** Of the attempt; up to the last record where it has no end. */
  readonly total: Ns;
}

/** One line; where a doubt does not fit beside the rest, it has lines of its own below. */
export function linesOfStep(step: Step, place: LinePlace, view: View): readonly string[] {
  const note = view.brief ? "" : notesOf(step, view);
  const { width = Infinity } = view;
  if (displayWidth(place.time + note) + SHOWN_WIDTH_MIN <= width)
    return [stepLine(step, note, place, view)];
  const margin = " ".repeat(displayWidth(place.time) + 2);
  return [
    stepLine(step, "", place, view),
    ...wrap(note.trim(), view.width, margin, margin).map(view.style.doubt),
  ];
}

function stepLine(step: Step, note: string, place: LinePlace, view: View): string {
  const { style } = view;
  const time = style.dim(place.time);
  const paintTitle = isLost(step) ? style.doubt : (title: string) => title;
  const text = `${place.gutter}${titleOf(step, view)}`;
  const result = view.brief ? briefResult(step) : resultOf(step);
  const took = step.duration_ns === null || view.brief ? "" : formatDuration(step.duration_ns);
  if (view.width === undefined) {
    const facts = `${paint(result, step, view)}${style.doubt(note)}`;
    return `${time}${paintTitle(text)}${facts}${style.dim(took && `  (${took})`)}`.trimEnd();
  }
  const hasBars = view.width >= WATERFALL_WIDTH_MIN && !view.brief;
  const edge = hasBars ? view.width - WATERFALL_CELLS - 2 - GAP : view.width;
  const room = edge - displayWidth(place.time) - (took === "" ? 0 : displayWidth(took) + 1);
  const fitted = fit({ text, result, note }, room);
  const facts = `${paint(fitted.result, step, view)}${style.doubt(note)}`;
  const line = `${time}${paintTitle(fitted.text)}${facts}`;
  if (took === "") return line.trimEnd();
  const bar = hasBars ? " ".repeat(GAP) + waterfall(step, place.total) : "";
  const used = displayWidth(fitted.text + fitted.result + note);
  return `${line}${style.dim(padStart(took, room + displayWidth(took) + 1 - used) + bar)}`.trimEnd();
}

interface Parts {
  readonly text: string;
  readonly result: string;
  readonly note: string;
}

/** The title gives way first, then the facts; a doubt is never cut. */
function fit({ text, result, note }: Parts, room: number): Omit<Parts, "note"> {
  const titleMin = Math.min(TITLE_WIDTH_MIN, displayWidth(text));
  const forFacts = Math.max(FACTS_WIDTH_MIN, room - displayWidth(note) - titleMin);
  const shown = displayWidth(result) > forFacts ? truncate(result, forFacts) : result;
  const forTitle = room - displayWidth(shown + note);
  return { text: truncate(text, Math.max(titleMin, forTitle)), result: shown };
}

function titleOf(step: Step, { full }: View): string {
  const { detail } = step;
  if (full && detail?.type === "db" && detail.text !== null && step.kind !== "fold")
    return safeText(detail.text.replace(/\s+/g, " ").trim());
  if (full && detail?.type === "http" && detail.url !== null)
    return safeText(`HTTP ${detail.method} ${detail.url}`);
  return safeText(step.title);
}

/** Facts stand two spaces after the title, an error one. */
function resultOf({ result }: Step): string {
  if (result === null) return "";
  return result.startsWith("✗") ? ` ${safeText(result)}` : `  ${safeText(result)}`;
}

/** With --brief only how the job ended, and how many steps a line stands for. */
function briefResult(step: Step): string {
  if (step.kind === "failed") return resultOf(step);
  return step.detail?.type === "fold" ? `  ×${step.result?.split("×").at(-1) ?? ""}` : "";
}

/** A span that was not received says so in its title. */
function isLost({ notes }: Step): boolean {
  return notes.some(({ code }) => code === "not_received");
}

/** Where a call lies is told with --full; a doubt always. */
function notesOf(step: Step, { full }: View): string {
  if (isLost(step)) return "";
  return step.notes
    .filter(({ code }) => full || code !== "http_in_transaction")
    .map(({ text }) => ` ! ${safeText(text)}`)
    .join("");
}

function paint(result: string, step: Step, { style }: View): string {
  const isError = step.status === "error" || result.includes("✗");
  return isError ? style.error(result) : result;
}

/** A fold's bar reaches from its first member to its last. */
function waterfall({ offset_ns: offset, duration_ns: duration, detail }: Step, total: Ns): string {
  const until = detail?.type === "fold" ? detail.until_ns : offset + (duration ?? 0);
  const cell = (time: number): number => (total === 0 ? 0 : (time / total) * WATERFALL_CELLS);
  const from = Math.min(WATERFALL_CELLS - 1, Math.max(0, Math.floor(cell(offset))));
  const to = Math.min(WATERFALL_CELLS, Math.max(from + 1, Math.round(cell(until))));
  return `▕${" ".repeat(from)}${"█".repeat(to - from)}${" ".repeat(WATERFALL_CELLS - to)}▏`;
}
