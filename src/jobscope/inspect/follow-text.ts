/**
 * A job that is looked at again and again, as lines that are only ever added to: what is new since the last look. A line
 * that was printed stays as it was, so that scrollback and `tee` stay good.
 */
import type { Attempt, JobDocument } from "../model/job-document.js";
import type { Step } from "../model/step-document.js";
import { headerLines } from "./header-text.js";
import { closingSections, doubtLines, openingSections, withBlankLines } from "./job-text.js";
import { asciiSigns } from "./safe-text.js";
import { shownAttempts } from "./shown-attempts.js";
import { recordsEndLines, someStepLines } from "./timeline-text.js";
import type { View } from "./view.js";

export interface FollowText {
  /** The first time all so far, then what was not there before. `folded`: shown the first time, in place of the same unfolded. */
  lines(document: JobDocument, folded: JobDocument): readonly string[];
  /** How it ended and what it did. */
  ending(document: JobDocument): readonly string[];
}

export function createFollowText(view: View): FollowText {
  const shown = createShownSteps();
  let firstNumber: number | undefined;
  let doubts: readonly string[] = [];

  function begin(document: JobDocument, folded: JobDocument): readonly string[] {
    const { attempts } = shownAttempts(folded, "last");
    firstNumber = attempts[0]?.number ?? 0;
    for (const attempt of document.attempts) shown.add(attempt, attempt.steps);
    doubts = doubtLines(document, undefined, view);
    return withBlankLines([
      ...openingSections(folded, attempts, view),
      doubts,
      ...attempts.map((attempt) => [
        ...(document.attempts.length > 1 && !view.brief ? [`Attempt ${attempt.number}`] : []),
        ...someStepLines(attempt, attempt.steps.filter(lasts), view),
      ]),
    ]);
  }

  function newLines(attempt: Attempt): readonly string[] {
    const last = shown.last(attempt);
    const { late, own } = shown.newOf(attempt);
    if (late.length + own.length === 0) return [];
    shown.add(attempt, [...late, ...own]);
    const isNext = last === undefined && attempt.number > 1;
    return [
      ...(isNext && !view.brief ? ["", `Attempt ${attempt.number}`] : []),
      ...late.flatMap((step) => lateLines(attempt, step, view)),
      ...someStepLines(attempt, own, view, last),
    ];
  }

  const finish = (lines: readonly string[]): readonly string[] =>
    view.ascii ? lines.map(asciiSigns) : lines;

  return {
    lines(document, folded) {
      if (firstNumber === undefined) return finish(begin(document, folded));
      const from = firstNumber;
      return finish(document.attempts.filter(({ number }) => number >= from).flatMap(newLines));
    },
    ending(document) {
      const attempts = document.attempts.slice(-1);
      const news = doubtLines(document, undefined, view).filter((line) => !doubts.includes(line));
      const rest = withBlankLines([
        // Its first line stands at the top.
        headerLines(document, attempts, { ...view, brief: true }).slice(1),
        news,
        ...closingSections(document, attempts, view),
      ]);
      return finish([
        ...attempts.flatMap((attempt) => recordsEndLines(attempt, view)),
        "",
        ...rest,
      ]);
    },
  };
}

interface ShownSteps {
  /** How far the lines of an attempt reach; undefined: it has none. */
  last(attempt: Attempt): Step | undefined;
  /** What was not there before: `late` belongs above what is shown already. */
  newOf(attempt: Attempt): { readonly late: readonly Step[]; readonly own: readonly Step[] };
  add(attempt: Attempt, steps: readonly Step[]): void;
}

function createShownSteps(): ShownSteps {
  const keys = new Set<string>();
  const reached = new Map<number, Step>();
  return {
    last: ({ number }) => reached.get(number),
    newOf(attempt) {
      const last = reached.get(attempt.number);
      const isLate = (step: Step): boolean => last !== undefined && step.offset_ns < last.offset_ns;
      const isNew = (step: Step | undefined): boolean =>
        step !== undefined && lasts(step) && !keys.has(keyOf(attempt, step));
      const { steps } = attempt;
      const found = steps.filter((step, at) => {
        if (step.kind !== "gap") return isNew(step);
        // A gap is told with the step behind it.
        const next = steps[at + 1];
        return next !== undefined && isNew(next) && !isLate(next);
      });
      return {
        late: found.filter((step) => step.kind !== "gap" && isLate(step)),
        own: found.filter((step) => step.kind === "gap" || !isLate(step)),
      };
    },
    add(attempt, steps) {
      for (const step of steps) {
        keys.add(keyOf(attempt, step));
        const last = reached.get(attempt.number);
        if (step.kind !== "gap" && (last === undefined || step.offset_ns >= last.offset_ns))
          reached.set(attempt.number, step);
      }
    },
  };
}

/** It was received after what came later: it cannot be put in its place any more. */
function lateLines(attempt: Attempt, step: Step, view: View): readonly string[] {
  const width = view.width === undefined ? undefined : view.width - 2;
  const late = { ...step, title: `${step.title} (late)` };
  return someStepLines(attempt, [late], { ...view, width }).map(
    (line, at) => (at === 0 ? "+ " : "  ") + line,
  );
}

/** What is open may end yet. */
function lasts({ kind }: Step): boolean {
  return kind !== "open";
}

/** The ids of log lines are counted anew at each look; an attempt's beginning has another span once its own has come. */
function keyOf({ number }: Attempt, { id, kind, detail, offset_ns: at }: Step): string {
  if (kind === "started") return `${kind} ${number}`;
  if (detail?.type === "log") return `${kind} ${detail.at} ${detail.body}`;
  return kind === "gap" ? `${kind} ${number} ${at}` : id;
}
