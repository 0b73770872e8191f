/** One attempt's timeline: offset, title, and on the right how long it took. */
import { guttersOf } from "../model/arrange/parallel-groups.js";
import { countText } from "../model/count-text.js";
import type { Ns } from "../model/document-units.js";
import type { ErrorInfo } from "../model/error-document.js";
import type { Attempt } from "../model/job-document.js";
import type { Fold, Step } from "../model/step-document.js";
import { lastEnd } from "../model/step-end.js";
import { padEnd, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { linesOfStep } from "./step-line.js";
import { formatClock, formatDuration, formatOffset, formatShare } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

/** Frames of the application that are shown below a failure. */
const FRAMES_MAX = 3;

/** Of the times of lines that are printed before it is known how wide those below will be: up to an hour. Columns. */
const FOLLOWED_WIDTH = 10;

/** From here on a fold says its share of the job. */
const SHARE_MIN = 0.1;

/** `attempt`: arranged or as it was recorded. */
export function timelineLines(attempt: Attempt, view: View): readonly string[] {
  const outside = attempt.steps.filter(isOutside);
  const inside =
    outside.length === 0 ? attempt.steps : attempt.steps.filter((step) => !isOutside(step));
  return [
    ...stepLines(inside, attempt, view, { last: lastRecordTime(inside, attempt, view) }),
    ...hiddenLines(attempt),
    ...(outside.length === 0
      ? []
      : ["", "Outside the job's time", ...stepLines(outside, attempt, view, { last: undefined })]),
  ];
}

/** Some steps of an attempt by themselves. `before`: the one above them, which `--time=delta` counts from. */
export function someStepLines(
  attempt: Attempt,
  steps: readonly Step[],
  view: View,
  before?: Step,
): readonly string[] {
  return stepLines(steps, attempt, view, { last: undefined, before, timeWidth: FOLLOWED_WIDTH });
}

/** Below the lines of an attempt without an end. */
export function recordsEndLines(attempt: Attempt, view: View): readonly string[] {
  const last = lastRecordTime(attempt.steps, attempt, view);
  return [
    ...lastRecordLines(last, Math.max(FOLLOWED_WIDTH, timeWidthOf([last ?? ""])), attempt, view),
    ...hiddenLines(attempt),
  ];
}

function isOutside({ notes }: Step): boolean {
  return notes.some(({ code }) => code === "outside_job_time");
}

interface Around {
  /** The time of a line below that says how far the records reach. */
  readonly last: string | undefined;
  readonly before?: Step | undefined;
  /** Columns of the times, at least. */
  readonly timeWidth?: number;
}

function stepLines(
  all: readonly Step[],
  attempt: Attempt,
  view: View,
  { last, before, timeWidth: widthMin = 0 }: Around,
): readonly string[] {
  const steps = view.brief ? all.filter(({ kind }) => kind !== "gap") : all;
  const times = timesOf(steps, attempt, view, before);
  const timeWidth = Math.max(widthMin, timeWidthOf([...times, last ?? ""]));
  const total = attempt.duration_ns ?? lastEnd(steps);
  const gutters = guttersOf(steps);
  const lines = steps.flatMap((step, at) => {
    const time = padEnd(times[at] ?? "", timeWidth);
    const sign = view.brief ? undefined : gutters.get(at);
    const gutter = sign === undefined ? "" : `${sign} `;
    if (step.kind === "gap")
      return [
        view.style.dim(`${time}${gutter}· ${formatDuration(step.duration_ns ?? 0)} ${step.title}`),
      ];
    const own = linesOfStep(step, { time, gutter, total }, view);
    return [...own, ...(view.brief ? [] : linesBelow(step, timeWidth, attempt, view))];
  });
  return [...lines, ...lastRecordLines(last, timeWidth, attempt, view)];
}

/** How far the records of an attempt without an end reach. */
function lastRecordLines(
  time: string | undefined,
  width: number,
  { state }: Attempt,
  { style }: View,
): readonly string[] {
  if (time === undefined) return [];
  const line = (at: string, text: string): string => style.dim(padEnd(at, width)) + text;
  return [
    line(time, "last record"),
    ...(state === "orphaned" ? [line("[?]", style.doubt("no end recorded"))] : []),
  ];
}

/** undefined: the attempt has an end, which is a step. */
function lastRecordTime(steps: readonly Step[], attempt: Attempt, view: View): string | undefined {
  if (attempt.duration_ns !== null || steps.length === 0 || view.brief) return undefined;
  const end = lastEnd(steps);
  return view.time === "clock"
    ? `[${formatClock(instantOf(attempt, end), view.zone, true)}]`
    : `[${formatOffset(end)}]`;
}

function timeWidthOf(times: readonly string[]): number {
  return times.reduce((most, time) => Math.max(most, time.length), 0) + 2;
}

function linesBelow(step: Step, indent: number, attempt: Attempt, view: View): readonly string[] {
  const { detail } = step;
  const margin = " ".repeat(indent + 2);
  return [
    ...(detail?.type === "exception" ? frameLines(detail.error, margin, view) : []),
    ...(detail?.type === "fold"
      ? wrap(foldText(detail, attempt), view.width, margin, margin).map(view.style.dim)
      : []),
    ...attributeLines(step, margin, view),
  ];
}

/** `p50 4ms, max 61ms at [1.20s]; 91% of the job` */
function foldText(fold: Fold, { duration_ns: duration }: Attempt): string {
  const { p50_ns: p50, max_ns: max, max_offset_ns: at, share, gaps, gaps_ns: gapsLength } = fold;
  return [
    `p50 ${formatDuration(p50)}, max ${formatDuration(max)} at [${formatOffset(at)}]`,
    duration === null ? "folded, --no-fold to list" : "",
    share !== null && share >= SHARE_MIN ? `${formatShare(share)} of the job` : "",
    gaps > 0 ? `between them ${formatDuration(gapsLength)} with no span` : "",
  ]
    .filter(Boolean)
    .join("; ");
}

function hiddenLines({ hidden }: Attempt): readonly string[] {
  const count = hidden.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return [];
  const kinds = hidden.map((each) => `${countText(each.count)} ${each.kind}`).join(", ");
  return [`Not shown: ${countText(count)} ${count === 1 ? "step" : "steps"} (${kinds})`];
}

function timesOf(
  steps: readonly Step[],
  attempt: Attempt,
  view: View,
  before: Step | undefined,
): readonly string[] {
  let previous = before;
  return steps.map((step) => {
    if (step.kind === "gap") return "";
    const time = timeOf(attempt, step, previous, view);
    previous = step;
    return time;
  });
}

function timeOf(attempt: Attempt, step: Step, previous: Step | undefined, view: View): string {
  if (view.time === "clock")
    return `[${formatClock(instantOf(attempt, step.offset_ns), view.zone, true)}]`;
  if (view.time === "delta")
    return `[+${formatOffset(step.offset_ns - (previous?.offset_ns ?? 0))}]`;
  return `[${formatOffset(step.offset_ns)}]`;
}

function instantOf({ started_at: start }: Attempt, offset: Ns): string {
  const ms = new Date(start).getTime();
  const nanos = BigInt(ms) * 1_000_000n + BigInt(start.slice(23, 29)) + BigInt(offset);
  const date = new Date(Number(nanos / 1_000_000n)).toISOString();
  return `${date.slice(0, 23)}${(nanos % 1_000_000n).toString().padStart(6, "0")}Z`;
}

function fitted(text: string, margin: string, view: View): string {
  const safe = safeText(text);
  return margin + (view.width === undefined ? safe : truncate(safe, view.width - margin.length));
}

function frameLines(error: ErrorInfo, margin: string, view: View): readonly string[] {
  const message = error.message === "" ? [] : [fitted(error.message, margin, view)];
  const frames = view.full
    ? error.backtrace
    : error.backtrace.filter(({ app }) => app).slice(0, FRAMES_MAX);
  const lines = frames.map(({ file, line, method, app }) => {
    const where = `${file}:${line ?? "?"}${method === null ? "" : `:in \`${method}'`}`;
    const text = fitted(where, margin, view);
    return app ? text : view.style.dim(text);
  });
  const rest = error.backtrace.length - frames.length;
  const isAllOutside = frames.length === error.backtrace.filter(({ app }) => app).length;
  const which = isAllOutside && frames.length > 0 ? " outside the app" : "";
  const more =
    rest > 0
      ? wrap(
          `+ ${rest} ${rest === 1 ? "frame" : "frames"}${which} (--full)`,
          view.width,
          margin,
          margin,
        ).map(view.style.dim)
      : [];
  return [...message, ...lines, ...more];
}

/** Only there when asked for in full. */
function attributeLines({ attributes }: Step, margin: string, view: View): readonly string[] {
  if (attributes === null) return [];
  return Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
    return view.style.dim(fitted(`${key}: ${text}`, margin, view));
  });
}
