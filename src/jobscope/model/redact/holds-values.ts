/** Whether a job's records hold what its owner may not want to pass on: arguments, or statements with their values. */
import type { JobDocument } from "../job-document.js";
import { redactText } from "./redact-text.js";

export function holdsValues({ job, attempts }: JobDocument): boolean {
  return (
    (job.args ?? []).length > 0 ||
    attempts.some(({ steps }) =>
      steps.some(
        ({ detail }) =>
          detail?.type === "db" &&
          detail.text !== null &&
          redactText("db.statement", detail.text) !== detail.text,
      ),
    )
  );
}
