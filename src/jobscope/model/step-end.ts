/** Where a step's last part ended, from the attempt's start: of a fold, where the last of its members did. */
import type { Ns } from "./document-units.js";
import type { Step } from "./step-document.js";

export function stepEnd({ offset_ns: from, duration_ns: duration, detail }: Step): Ns {
  return detail?.type === "fold" ? detail.until_ns : from + (duration ?? 0);
}

/** Of all of them, and never before the start. Whether log lines are shown changes nothing. */
export function lastEnd(steps: readonly Step[]): Ns {
  return steps.reduce(
    (most, step) => (step.kind === "log" ? most : Math.max(most, stepEnd(step))),
    0,
  );
}
