/**
 * A document as it was recorded → the same document for reading: repetitions folded, gaps marked, what was not asked
 * for left out.
 *
 * Pure, and only the lists of steps change: effects, errors and every other number are of all steps, shown or not.
 * Commands that count or compare use the document as it was.
 */
import type { Attempt, JobDocument } from "../job-document.js";
import type { Arrangement } from "./arrangement.js";
import { foldSteps } from "./fold-steps.js";
import { gapsIn, withGaps } from "./gaps.js";
import { keepSteps } from "./hide-steps.js";
import type { LogLineDocument } from "../logs/log-line-document.js";
import { interleave, logSteps } from "../logs/log-steps.js";
import type { Step } from "../step-document.js";

/** `logs`: the job's lines, to be shown among the steps; they break no repetition and end no gap. */
export function arrangeDocument(
  document: JobDocument,
  arrangement: Arrangement,
  logs: readonly LogLineDocument[] = [],
): JobDocument {
  // Where batches were left in the log, a stretch without one says nothing.
  const gapMin = document.completeness.batches_not_read > 0 ? undefined : arrangement.gapMin;
  return {
    ...document,
    attempts: document.attempts.map((attempt) =>
      arrangeAttempt(
        attempt,
        { ...arrangement, gapMin },
        logSteps(logs, attempt, arrangement.full),
      ),
    ),
  };
}

export function arrangeAttempt(
  attempt: Attempt,
  arrangement: Arrangement,
  logs: readonly Step[] = [],
): Attempt {
  const { foldMin, gapMin, only, full } = arrangement;
  const { steps, hidden } = keepSteps(attempt.steps, arrangement);
  const lines = keepSteps(logs, arrangement);
  const folded =
    foldMin === undefined
      ? steps
      : foldSteps(steps, { foldMin, full, duration: attempt.duration_ns });
  // Who asked for some kinds only did not ask for what lies between the others.
  const gaps = gapMin === undefined || only !== undefined ? [] : gapsIn(attempt.steps, gapMin);
  return {
    ...attempt,
    steps: interleave(withGaps(folded, gaps), lines.steps),
    hidden: [...hidden, ...lines.hidden],
  };
}
