/** What was deleted, and why, in one line each. */
import { safeText } from "../jobscope/inspect/safe-text.js";
import { countText } from "../jobscope/model/count-text.js";
import type { LostSpans } from "../jobscope/store/dropped.js";
import type { Drop, RetentionLimits } from "../jobscope/store/retention-plan.js";
import { durationText } from "./duration.js";
import { sizeText } from "./size-text.js";

/** `3 segments, 1,203,001 spans, 192 MB: older than 30d`. */
export function droppedText(drops: readonly Drop[], limits: RetentionLimits): string {
  const spanCount = drops.reduce((sum, { segment }) => sum + segment.spanCount, 0);
  const bytes = drops.reduce((sum, { segment }) => sum + segment.bytes, 0);
  const counts = `${counted(drops.length, "segment")}, ${counted(spanCount, "span")}, ${sizeText(bytes)}`;
  const aged = drops.filter(({ why }) => why === "age").length;
  const reasons = [
    aged > 0 && limits.ageMax !== undefined ? `older than ${durationText(limits.ageMax)}` : "",
    aged < drops.length && limits.bytesMax !== undefined
      ? `the store was over ${sizeText(limits.bytesMax)}`
      : "",
  ].filter(Boolean);
  return `${counts}: ${reasons.join("; ")}`;
}

/** One line for each exporter that had not read what went, or would go. */
export function lostTexts(lost: readonly LostSpans[], isDry = false): readonly string[] {
  return lost.map(({ name, spanCount }) => {
    const spans = counted(spanCount, "span");
    return isDry
      ? `! ${spans} would be deleted that ${safeText(name)} has not been sent`
      : `! ${spans} deleted that ${safeText(name)} had not been sent: the store was over its size`;
  });
}

export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`;
}
