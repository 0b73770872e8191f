/**
 * The step in which an attempt's error was raised.
 *
 * A step that failed is not enough: its error may have been rescued and another raised later. So the error must be the same
 * one, by its class, or wrapped, by naming the step's error in its message as ActiveRecord does
 * (`PG::UniqueViolation: ERROR: …`).
 */
import type { Attempt } from "../job-document.js";
import type { Step } from "../step-document.js";

/** undefined: the attempt did not fail, or no recorded step raised its error. */
export function failingStep({ error, steps }: Attempt): Step | undefined {
  if (error === null) return undefined;
  return steps.findLast((step) => {
    const raised = step.status === "error" && isOfTheJob(step) ? errorClassOf(step) : undefined;
    return raised !== undefined && (raised === error.class || error.message.includes(raised));
  });
}

/** The step whose end is the job's own says the same error again, and so does ActiveJob where it takes care of one. */
function isOfTheJob({ kind, library }: Step): boolean {
  const isHandling = kind === "code" && library?.name.endsWith("::ActiveJob") === true;
  return kind !== "failed" && kind !== "exception" && !isHandling;
}

function errorClassOf({ detail, result }: Step): string | undefined {
  if (detail?.type === "http" && detail.error !== null) return detail.error.class;
  return /✗ (\S+)/.exec(result ?? "")?.[1];
}
