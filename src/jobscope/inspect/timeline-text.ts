/** One attempt's timeline: offset, title, and on the right how long it took. */
import type { ErrorInfo } from "../model/error-document.js";
import type { Attempt } from "../model/job-document.js";
import type { Step } from "../model/step-document.js";
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDuration, formatOffset } from "./time-words.js";
import type { View } from "./view.js";

/** From this width on there is room for the waterfall. Columns. */
const WATERFALL_WIDTH_MIN = 100;
const WATERFALL_CELLS = 24;

/** Columns of the gap between a title and its duration, and between the duration and the waterfall. */
const GAP = 2;

/** Frames of the application that are shown below a failure. */
const FRAMES_MAX = 3;

export function timelineLines(attempt: Attempt, view: View): readonly string[] {
  const times = attempt.steps.map((step, at) => timeOf(attempt, step, attempt.steps[at - 1], view));
  const timeWidth = Math.max(0, ...times.map((time) => time.length)) + 2;
  return attempt.steps.flatMap((step, at) => [
    stepLine(step, padEnd(times[at] ?? "", timeWidth), attempt, view),
    ...(step.detail?.type === "exception" && !view.brief
      ? frameLines(step.detail.error, timeWidth, view)
      : []),
  ]);
}

function timeOf(attempt: Attempt, step: Step, previous: Step | undefined, view: View): string {
  if (view.time === "clock") return `[${formatClock(instantOf(attempt, step), view.zone, true)}]`;
  if (view.time === "delta")
    return `[+${formatOffset(step.offset_ns - (previous?.offset_ns ?? 0))}]`;
  return `[${formatOffset(step.offset_ns)}]`;
}

function instantOf({ started_at: start }: Attempt, { offset_ns: offset }: Step): string {
  const ms = new Date(start).getTime();
  const nanos = BigInt(ms) * 1_000_000n + BigInt(start.slice(23, 29)) + BigInt(offset);
  const date = new Date(Number(nanos / 1_000_000n)).toISOString();
  return `${date.slice(0, 23)}${(nanos % 1_000_000n).toString().padStart(6, "0")}Z`;
}

function stepLine(step: Step, time: string, attempt: Attempt, view: View): string {
  const { style } = view;
  const indent = step.lane > 0 && !view.brief ? "│ " : "";
  const result = view.brief ? failureOf(step) : resultOf(step);
  const note = view.brief ? "" : step.notes.map(({ text }) => ` ! ${safeText(text)}`).join("");
  const text = `${indent}${titleOf(step, view)}`;
  const isLong = step.duration_ns !== null && !view.brief;
  if (view.width === undefined) {
    const took = isLong ? `  (${formatDuration(step.duration_ns ?? 0)})` : "";
    return `${style.dim(time)}${text}${paint(result, step, view)}${style.doubt(note)}${style.dim(took)}`.trimEnd();
  }
  const bars = view.width >= WATERFALL_WIDTH_MIN && !view.brief;
  const right = isLong ? formatDuration(step.duration_ns ?? 0) : "";
  const edge = bars ? view.width - WATERFALL_CELLS - 2 - GAP : view.width;
  const room =
    edge -
    displayWidth(time) -
    displayWidth(result + note) -
    (right === "" ? 0 : displayWidth(right) + 1);
  const title = truncate(text, Math.max(8, room));
  const used = displayWidth(time + title + result + note);
  const bar = bars && right !== "" ? `${" ".repeat(GAP)}${waterfall(step, attempt)}` : "";
  const took = right === "" ? "" : style.dim(padStart(right, edge - used) + bar);
  return `${style.dim(time)}${title}${paint(result, step, view)}${style.doubt(note)}${took}`.trimEnd();
}

function titleOf(step: Step, { full }: View): string {
  const { detail } = step;
  if (full && detail?.type === "db" && detail.text !== null)
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

/** With --brief only how the job ended. */
function failureOf(step: Step): string {
  return step.kind === "failed" ? resultOf(step) : "";
}

function paint(result: string, step: Step, { style }: View): string {
  const isError = step.status === "error" || result.includes("✗");
  return isError ? style.error(result) : result;
}

function waterfall({ offset_ns: offset, duration_ns: duration }: Step, attempt: Attempt): string {
  const total = attempt.duration_ns ?? 0;
  const cell = (time: number): number => (total === 0 ? 0 : (time / total) * WATERFALL_CELLS);
  const from = Math.min(WATERFALL_CELLS - 1, Math.max(0, Math.floor(cell(offset))));
  const to = Math.min(
    WATERFALL_CELLS,
    Math.max(from + 1, Math.round(cell(offset + (duration ?? 0)))),
  );
  return `▕${" ".repeat(from)}${"█".repeat(to - from)}${" ".repeat(WATERFALL_CELLS - to)}▏`;
}

function frameLines(error: ErrorInfo, indent: number, view: View): readonly string[] {
  const margin = " ".repeat(indent + 2);
  const fit = (text: string): string =>
    view.width === undefined ? text : truncate(text, view.width - indent - 2);
  const message = error.message === "" ? [] : [`${margin}${fit(safeText(error.message))}`];
  const frames = view.full
    ? error.backtrace
    : error.backtrace.filter(({ app }) => app).slice(0, FRAMES_MAX);
  const lines = frames.map(({ file, line, method, app }) => {
    const text = `${margin}${fit(safeText(`${file}:${line ?? "?"}${method === null ? "" : ` in '${method}'`}`))}`;
    return app ? text : view.style.dim(text);
  });
  const hidden = error.backtrace.length - frames.length;
  const more =
    hidden > 0
      ? [view.style.dim(`${margin}+ ${hidden} more ${hidden === 1 ? "frame" : "frames"} (--full)`)]
      : [];
  return [...message, ...lines, ...more];
}
