/**
 * Doubts about a span's times. Nothing is shifted: within one process times are taken as they are, and between two a
 * difference that cannot be is said beside the step.
 */
import { formatDuration } from "../duration-text.js";
import type { Note } from "../step-document.js";
import type { Span } from "../span.js";
import { NANOS_PER_SECOND } from "../time.js";
import { processOf } from "./process-of.js";

/** Further from the job than this, a span is not one of its timeline. */
const OUTSIDE_MIN = 24n * 3600n * NANOS_PER_SECOND;

/** `parent`: the span above, as recorded. `job`: the span of the attempt itself. */
export function clockNotes(
  span: Span,
  parent: Span | undefined,
  job: Span | undefined,
): readonly Note[] {
  const notes: Note[] = [];
  if (span.end < span.start)
    notes.push({ code: "negative_duration", text: "ends before it begins" });
  if (parent !== undefined && span.start < parent.start && processOf(span) !== processOf(parent)) {
    const apart = formatDuration(Number(parent.start - span.start));
    notes.push({ code: "clocks_disagree", text: `clocks differ by at least ${apart}` });
  }
  if (
    job !== undefined &&
    (job.start - span.end > OUTSIDE_MIN || span.start - job.end > OUTSIDE_MIN)
  )
    notes.push({ code: "outside_job_time", text: "over 24h outside the job" });
  return notes;
}
