/**
 * A job's document as text: who it is and how it went, what is doubtful, the timeline, what it changed.
 *
 * Lines appear only when they say something: a normal job has a header of two lines. `--brief` leaves the two lines
 * and the steps, for a ticket.
 */
import { countText } from "../model/count-text.js";
import { effectsLine } from "../model/effects/effects-line.js";
import { leftBehindLine } from "../model/effects/left-behind-line.js";
import type { Attempt, JobDocument } from "../model/job-document.js";
import { attemptsTable } from "./attempts-table.js";
import { chainLines } from "./chain-text.js";
import { endingLines } from "./ending-text.js";
import { headerLines } from "./header-text.js";
import { orphanDoubts } from "./orphans-text.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { shownAttempts } from "./shown-attempts.js";
import { timelineLines } from "./timeline-text.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

/** From this width on the footer also says what there was none of. Columns. */
const WIDE_MIN = 100;

export function jobLines(document: JobDocument, view: View): readonly string[] {
  const shown = shownAttempts(document, view.attempt);
  const several = document.attempts.length > 1;
  const lines = withBlankLines([
    ...openingSections(document, shown.attempts, view),
    doubtLines(document, shown.reason, view),
    ...shown.attempts.map((attempt) => [
      ...(several && !view.brief ? [`Attempt ${attempt.number}`] : []),
      ...timelineLines(attempt, view),
    ]),
    ...closingSections(document, shown.attempts, view),
  ]);
  return view.ascii ? lines.map(asciiSigns) : lines;
}

type Sections = readonly (readonly string[])[];

/** Between those that say something. */
export function withBlankLines(sections: Sections): readonly string[] {
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, at) => (at === 0 ? section : ["", ...section]));
}

export function openingSections(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): Sections {
  const several = document.attempts.length > 1;
  return [
    headerLines(document, shown, view),
    several && !view.brief ? attemptsTable(document, shown, view) : [],
  ];
}

/** What stands below the timelines. */
export function closingSections(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): Sections {
  if (view.brief) return [];
  return [
    endingLines(document, shown, view),
    chainLines(document, view),
    footerLines(document, shown, view),
  ];
}

export function doubtLines(
  document: JobDocument,
  reason: string | undefined,
  view: View,
): readonly string[] {
  if (view.brief) return [];
  const { attempts, completeness } = document;
  const doubts: string[] = reason === undefined ? [] : [reason];
  for (const { number, state, left_behind: left } of attempts) {
    // What is still running leaves nothing behind.
    const text = left === null || state === "running" ? "" : leftBehindLine(left);
    if (text !== "") doubts.push(`Attempt ${number} left behind: ${text}.`);
  }
  // Those that were open when the records end are told as that.
  const open = attempts.reduce((sum, { never_closed: spans }) => sum + spans.length, 0);
  const count = completeness.missing_parents - open;
  if (count > 0) {
    doubts.push(
      `Spans are missing: ${count} ${count === 1 ? "parent was named and never came" : "parents were named and never came"}`,
    );
  }
  for (const { text } of completeness.notes)
    doubts.push(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
  doubts.push(...orphanDoubts(document, view));
  return doubts.flatMap((doubt) =>
    wrap(safeText(doubt), view.width, "! ", "  ").map(view.style.doubt),
  );
}

/** How many lines there are that are not shown, and what shows them. */
function logsLines(
  { completeness: { log_lines: all }, job }: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  if (all === null || all === 0) return [];
  const linesText = (count: number): string =>
    `${countText(count)} ${count === 1 ? "line" : "lines"}`;
  if (view.logs !== true) return [view.style.dim(`Logs:    ${linesText(all)} (--logs)`)];
  const here = shown.reduce(
    (sum, { steps, hidden }) =>
      sum +
      steps.filter(({ kind }) => kind === "log").length +
      (hidden.find(({ kind }) => kind === "log")?.count ?? 0),
    0,
  );
  const command = `jobtrace logs ${safeText(job.jid.slice(0, 8))}`;
  return here < all
    ? [view.style.dim(`Logs:    ${linesText(all - here)} not shown here: ${command}`)]
    : [];
}

/** What to look at after this: the attempt that is the last, and why the job failed. */
function nextCommands(
  { attempts, job }: JobDocument,
  shown: readonly Attempt[],
): readonly string[] {
  const id = safeText(job.jid.slice(0, 8));
  const last = attempts.at(-1);
  const isLast = shown.length > 1 || last === undefined || shown[0]?.number === last.number;
  return [
    ...(attempts.length < 2 || shown.length > 1
      ? []
      : [`jobtrace inspect ${id} --attempt=${isLast ? "all" : last.number}`]),
    ...(attempts.some(({ error }) => error !== null) ? [`jobtrace why ${id}`] : []),
  ];
}

function footerLines(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const { completeness } = document;
  const effects = shown.length === 1 ? shown[0]?.effects : document.effects;
  const isWide = view.width === undefined || view.width >= WIDE_MIN;
  const text = effects === undefined || shown.length === 0 ? "" : effectsLine(effects, isWide);
  const others = nextCommands(document, shown).join("   ");
  return [
    ...(text === "" ? [] : wrap(safeText(text), view.width, "Effects: ", "         ")),
    ...logsLines(document, shown, view),
    ...(others === "" || view.width === undefined ? [] : [view.style.dim(`Next:    ${others}`)]),
    ...(view.full
      ? wrap(completeness.not_recorded.join(", "), view.width, "Not recorded: ", "  ")
      : []),
  ];
}
