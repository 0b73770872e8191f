/** The options that say how a timeline is arranged: `--fold`, `--gap`, `--only`, `--min`, `--full`. */
import {
  type Arrangement,
  DEFAULT_ARRANGEMENT,
  STEP_GROUPS,
  type StepGroup,
} from "../jobscope/model/arrange/arrangement.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { SETTINGS } from "./settings/settings.js";
import { shortDuration } from "./short-duration.js";
import { UsageError } from "./usage-error.js";

export const ARRANGE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  fold: { takes: "text" },
  "no-fold": { takes: "flag" },
  gap: { takes: "text" },
  only: { takes: "text", offers: STEP_GROUPS, takesSeveral: true },
  min: { takes: "text" },
  full: { takes: "flag" },
};

export const ARRANGE_HELP = `  --fold=3               one line for so many alike steps and more; --no-fold lists them
  --gap=100ms            mark stretches without a span from this length on; 0 marks all
  --only=db,http         of db, http, redis, job, log and error; the rest is counted
  --min=10ms             no steps shorter than this, unless they failed; they are counted
  --full                 whole statements, URLs and backtraces, attributes, what was not recorded
`;

/** @throws UsageError */
export function arrangementOf(line: CommandLine, context: Context): Arrangement {
  const min = line.text("min");
  return {
    foldMin: foldMinOf(line, context),
    gapMin: SETTINGS.gap.of(line, context),
    only: onlyOf(line),
    durationMin: min === undefined ? DEFAULT_ARRANGEMENT.durationMin : shortDuration(min, "--min"),
    full: line.flag("full"),
  };
}

function foldMinOf(line: CommandLine, context: Context): number | undefined {
  if (!line.flag("no-fold")) return SETTINGS.fold.of(line, context);
  if (line.text("fold") !== undefined)
    throw new UsageError("--fold and --no-fold contradict each other");
  return undefined;
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
