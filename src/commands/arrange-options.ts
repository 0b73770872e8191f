/** The options that say how a timeline is arranged: `--fold`, `--gap`, `--only`, `--min`, `--full`. */
import {
  type Arrangement,
  DEFAULT_ARRANGEMENT,
  FOLD_MIN_MAX,
  STEP_GROUPS,
  type StepGroup,
} from "../jobscope/model/arrange/arrangement.js";
import type { Ns } from "../jobscope/model/document-units.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import { UsageError } from "./usage-error.js";

export const ARRANGE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  fold: { takes: "text" },
  "no-fold": { takes: "flag" },
  gap: { takes: "text" },
  only: { takes: "text" },
  min: { takes: "text" },
  full: { takes: "flag" },
};

export const ARRANGE_HELP = `  --fold=3               one line for so many alike steps and more; --no-fold lists them
  --gap=100ms            mark stretches without a span from this length on; 0 marks all
  --only=db,http         of db, http, redis, job, log and error; the rest is counted
  --min=10ms             no steps shorter than this, unless they failed; they are counted
  --full                 whole statements, URLs and backtraces, all attributes, what was not recorded
`;

/** A line of two steps saves nothing. */
const FOLD_MIN = 2;

const UNITS: Readonly<Record<string, Ns>> = {
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** @throws UsageError */
export function arrangementOf(line: CommandLine): Arrangement {
  return {
    foldMin: foldMinOf(line),
    gapMin: lengthOf(line, "gap") ?? DEFAULT_ARRANGEMENT.gapMin,
    only: onlyOf(line),
    durationMin: lengthOf(line, "min") ?? DEFAULT_ARRANGEMENT.durationMin,
    full: line.flag("full"),
  };
}

function foldMinOf(line: CommandLine): number | undefined {
  const count = line.count("fold");
  if (line.flag("no-fold")) {
    if (count !== undefined) throw new UsageError("--fold and --no-fold contradict each other");
    return undefined;
  }
  if (count !== undefined && (count < FOLD_MIN || count > FOLD_MIN_MAX))
    throw new UsageError(`--fold=${count} is not a number from ${FOLD_MIN} to ${FOLD_MIN_MAX}`);
  return count ?? DEFAULT_ARRANGEMENT.foldMin;
}

function onlyOf(line: CommandLine): Arrangement["only"] {
  const text = line.text("only");
  return text?.split(",").map((word): StepGroup => {
    const group = STEP_GROUPS.find((each) => each === word.trim());
    if (group === undefined)
      throw new UsageError(`--only=${text}: ${word} is not one of ${STEP_GROUPS.join(", ")}`);
    return group;
  });
}

function lengthOf(line: CommandLine, name: string): Ns | undefined {
  const text = line.text(name);
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d{1,6})?)(us|ms|s|m|h)?$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number(count) === 0) return 0;
  if (Number.isNaN(length))
    throw new UsageError(
      `--${name}=${text} is not a length of time: write it like 100ms, 1.5s or 2m`,
    );
  return Math.round(length);
}
