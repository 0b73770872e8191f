/** Two attempts compared, as text: the steps of both in one list, and below what it comes to. */
import type { DiffDocument, DiffSide, StepDiff, StepSide } from "../model/compare/diff-document.js";
import { countText } from "../model/count-text.js";
import { effectsLine } from "../model/effects/effects-line.js";
import type { ErrorInfo } from "../model/error-document.js";
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { formatDuration } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

const MARKS = { same: " ", changed: "~", removed: "-", added: "+" } as const;

/** Steps that are the same before and after a difference, and of those with one mark that do the same. */
const CONTEXT = 3;
/** Of one duration. Columns. */
const TOOK = 7;
const ARROW = " → ";

export type DiffView = Pick<View, "width" | "ascii" | "style" | "full">;

export function diffLines(document: DiffDocument, view: DiffView): readonly string[] {
  const { steps } = document;
  const list = steps === null ? [] : stepLines(steps, view);
  const lines = [
    ...headLines(document, view),
    ...(list.length === 0 ? [] : ["", ...list]),
    "",
    ...sumLines(document, view),
  ];
  return view.ascii ? lines.map(asciiSigns) : lines;
}

function headLines({ a, b, error }: DiffDocument, { style, width }: DiffView): readonly string[] {
  const names = [sideName(a, b), sideName(b, a)];
  const took = [a, b].map(({ duration_ns: ns }) => (ns === null ? "?" : formatDuration(ns)));
  const nameWidth = Math.max(...names.map(displayWidth));
  const tookWidth = Math.max(...took.map(displayWidth));
  return [a, b].map((side, at) => {
    const failure = at === 0 ? error.from : error.to;
    const start = `${at === 0 ? "---" : "+++"} ${padEnd(names[at] ?? "", nameWidth)}  ${padStart(took[at] ?? "", tookWidth)}  `;
    const end = failure === null ? side.state : `✗ ${safeText(failure.class)}`;
    const text =
      width === undefined ? end : truncate(end, Math.max(8, width - displayWidth(start)));
    return start + (failure === null ? text : style.error(text));
  });
}

/** Of one job the attempts tell the two apart, of two jobs their ids. */
function sideName(side: DiffSide, other: DiffSide): string {
  if (side.jid === other.jid) return `attempt ${side.attempt}`;
  const name = safeText(side.class ?? "(class not recorded)");
  const attempt = side.attempts > 1 ? `, attempt ${side.attempt} of ${side.attempts}` : "";
  return `${name} ${safeText(side.jid)}${attempt}`;
}

function stepLines(steps: readonly StepDiff[], view: DiffView): readonly string[] {
  const lines: string[] = [];
  const print = (step: StepDiff): void => void lines.push(stepLine(step, view));
  for (let from = 0; from < steps.length; ) {
    const to = runEnd(steps, from);
    const run = steps.slice(from, to);
    const { head, tail } = view.full
      ? { head: run.length, tail: 0 }
      : shownOf(run, from === 0, to === steps.length);
    const hidden = run.length - head - tail;
    run.slice(0, head).forEach(print);
    if (hidden > 0) lines.push(view.style.dim(hiddenLine(run, hidden)));
    run.slice(head + hidden).forEach(print);
    from = to;
  }
  return lines;
}

/** Where the run of steps that are the same ends, or that of steps with one mark that do the same. */
function runEnd(steps: readonly StepDiff[], from: number): number {
  const first = steps[from];
  const belongs = (step: StepDiff): boolean =>
    step.mark === first?.mark &&
    (step.mark === "same" || (step.mark !== "changed" && step.fingerprint === first.fingerprint));
  let to = from + 1;
  for (let step = steps[to]; step !== undefined && belongs(step); step = steps[to]) to++;
  return to;
}

/** How many of a run are shown at its beginning and at its end; a single one is not worth hiding. */
function shownOf(
  run: readonly StepDiff[],
  isFirst: boolean,
  isLast: boolean,
): { readonly head: number; readonly tail: number } {
  const isSame = run[0]?.mark === "same";
  const head = isSame && isFirst && !isLast ? 0 : CONTEXT;
  const tail = isSame && !isLast ? CONTEXT : 0;
  return run.length <= head + tail + 1 ? { head: run.length, tail: 0 } : { head, tail };
}

function hiddenLine([first]: readonly StepDiff[], hidden: number): string {
  const what = first?.mark === "same" ? "that are the same" : "alike";
  return `      … ${countText(hidden)} more ${what} (--full)`;
}

function stepLine(step: StepDiff, view: DiffView): string {
  const { style, width } = view;
  const mark = `  ${MARKS[step.mark]} `;
  const title = safeText(step.title);
  const result = resultText(step);
  const paint = (text: string): string =>
    step.mark === "same" ? style.dim(text) : text.includes("✗") ? style.error(text) : text;
  if (width === undefined) return `${mark}${paint(title)}${paint(result)}  (${tookText(step)})`;
  const right = tookColumns(step);
  const room = width - mark.length - displayWidth(right) - 1;
  const fitted = truncate(title, Math.max(8, room - displayWidth(result)));
  const rest = truncate(result, Math.max(8, room - displayWidth(fitted)));
  const used = displayWidth(fitted + rest);
  const gap = " ".repeat(Math.max(1, width - mark.length - displayWidth(right) - used));
  return `${mark}${paint(fitted)}${paint(rest)}${gap}${style.dim(right)}`.trimEnd();
}

/** `1 row → ✗ PG::UniqueViolation`, two spaces after the title; an error alone stands one after it. */
function resultText({ a, b, changes }: StepDiff): string {
  const from = resultOf(a);
  const to = resultOf(b);
  if (a !== null && b !== null && changes.includes("result")) return `  ${from}${ARROW}${to}`;
  const one = a === null ? to : from;
  if (one === "no result") return "";
  return one.startsWith("✗") ? ` ${one}` : `  ${one}`;
}

function resultOf(side: StepSide | null): string {
  return side?.result == null
    ? side?.status === "error"
      ? "✗"
      : "no result"
    : safeText(side.result);
}

function tookOf(side: StepSide | null): string {
  return side?.duration_ns == null ? "?" : formatDuration(side.duration_ns);
}

function tookText({ a, b }: StepDiff): string {
  return [a, b]
    .filter((side) => side !== null)
    .map(tookOf)
    .join(ARROW);
}

/** Both durations in columns of their own, so that they can be compared by eye. */
function tookColumns({ a, b }: StepDiff): string {
  const left = padStart(a === null ? "" : tookOf(a), TOOK);
  const right = padStart(b === null ? "" : tookOf(b), TOOK);
  return `${left}${a !== null && b !== null ? ARROW : "   "}${right}`;
}

function sumLines(document: DiffDocument, view: DiffView): readonly string[] {
  const { a, b, counts, error, first_difference: first, exact } = document;
  const text = (label: string, value: string): readonly string[] =>
    wrap(value, view.width, `${label}: `, "  ");
  const all = countText(counts.same);
  return [
    ...(document.same
      ? [`Same: ${all} ${counts.same === 1 ? "step" : "steps"}, no result and no duration changed`]
      : []),
    ...(document.same_class ? [] : text("Classes differ", `${nameOf(a)} and ${nameOf(b)}`)),
    ...(first === null ? [] : text("First difference", safeText(first.title))),
    ...(first === null
      ? []
      : [
          `Steps: ${countText(counts.changed)} changed, ${countText(counts.removed)} removed, ${countText(counts.added)} added, ${all} the same`,
        ]),
    ...(error.changed ? text("Error", errorText(error)) : []),
    ...(a.state === b.state ? [] : text("State", `${a.state}${ARROW}${b.state}`)),
    ...onlyLines(document, text),
    ...(exact
      ? []
      : wrap(
          "the two differ too much to look for the best matching: a step may be named removed and added that only moved",
          view.width,
          "! ",
          "  ",
        ).map(view.style.doubt)),
  ];
}

function onlyLines(
  { a, b, only_in_a: inA, only_in_b: inB }: DiffDocument,
  text: (label: string, value: string) => readonly string[],
): readonly string[] {
  return (
    [
      [a, b, inA],
      [b, a, inB],
    ] as const
  ).flatMap(([side, other, effects]) => {
    const line = effectsLine(effects, false);
    const name =
      side.jid === other.jid ? `attempt ${side.attempt}` : safeText(side.jid.slice(0, 8));
    return line === "" ? [] : text(`Only in ${name}`, safeText(line));
  });
}

function nameOf({ class: name }: DiffSide): string {
  return safeText(name ?? "(class not recorded)");
}

/** Two errors of one class differ in what they say. */
function errorText({ from, to }: DiffDocument["error"]): string {
  const name = (error: ErrorInfo | null): string =>
    error === null
      ? "none"
      : from?.class === to?.class
        ? `${error.class} (${error.message})`
        : error.class;
  return safeText(`${name(from)}${ARROW}${name(to)}`);
}
