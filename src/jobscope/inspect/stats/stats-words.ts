/** Numbers of many jobs as words: what is not known is `–`, what is not exact has a `~`. */
import { countText } from "../../model/count-text.js";
import type { Ns } from "../../model/document-units.js";
import { SKETCH_ERROR } from "../../model/percentile.js";
import type { ClassStats, Times } from "../../model/stats/stats-document.js";
import { formatDuration, formatShare } from "../time-words.js";

const NONE = "–";

export function timeText(time: Ns | null, exact = true): string {
  return time === null ? NONE : `${exact ? "" : "~"}${formatDuration(time)}`;
}

/** `part` of `whole`: 0% and 100% only when they are that. */
export function shareText(part: number, whole: number): string {
  if (part === 0 || whole === 0) return "0%";
  return part === whole ? "100%" : formatShare(Math.min(part / whole, 0.99));
}

export function numberText(count: number | null): string {
  return count === null ? NONE : String(count);
}

/** What a `~` means, where there is one. */
export function sketchNote(times: readonly Pick<Times, "exact">[]): readonly string[] {
  const percent = SKETCH_ERROR * 100;
  return times.every(({ exact }) => exact)
    ? []
    : [`~ is from a sketch: at most ${percent}% above or below`];
}

/** Where something failed, or was put back. */
export function failedNote({
  states,
  interruptions,
}: Pick<ClassStats, "states" | "interruptions">): readonly string[] {
  if (states.failed === 0 && interruptions === 0) return [];
  const excluded =
    interruptions === 0
      ? ""
      : `; interruptions by a deploy or a rate limit are not failures (${countText(interruptions)} excluded)`;
  return [`failed = last attempt failed${excluded}`];
}
