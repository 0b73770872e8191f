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

export function arrangeDocument(document: JobDocument, arrangement: Arrangement): JobDocument {
  return {
    ...document,
    attempts: document.attempts.map((attempt) => arrangeAttempt(attempt, arrangement)),
  };
}

export function arrangeAttempt(attempt: Attempt, arrangement: Arrangement): Attempt {
  const { foldMin, gapMin, only, full } = arrangement;
  const { steps, hidden } = keepSteps(attempt.steps, arrangement);
  const folded =
    foldMin === undefined
      ? steps
      : foldSteps(steps, { foldMin, full, duration: attempt.duration_ns });
  // Who asked for some kinds only did not ask for what lies between the others.
  const gaps = gapMin === undefined || only !== undefined ? [] : gapsIn(attempt.steps, gapMin);
  return { ...attempt, steps: withGaps(folded, gaps), hidden };
}
