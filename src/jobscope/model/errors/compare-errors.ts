/** Whether attempts failed of the same thing: the first error is often the cause and the later ones its consequence. */
import type { ErrorComparison, ErrorInfo } from "../error-document.js";
import type { Attempt } from "../job-document.js";

export function compareErrors(
  attempts: readonly Pick<Attempt, "number" | "state" | "error">[],
): ErrorComparison {
  const failed = attempts.flatMap(({ number, state, error }) =>
    error === null || state === "interrupted" ? [] : [{ attempt: number, error }],
  );
  const first = failed[0];
  const last = failed.at(-1);
  const distinct = new Set(failed.map(({ error }) => error.fingerprint)).size;
  return {
    distinct,
    changed: distinct > 1,
    changed_at:
      failed.find(({ error }) => error.fingerprint !== first?.error.fingerprint)?.attempt ?? null,
    first: first ?? null,
    last: last ?? null,
    by_attempt: attempts.map(({ number }) => {
      const own = failed.find(({ attempt }) => attempt === number)?.error;
      return {
        attempt: number,
        fingerprint: own?.fingerprint ?? null,
        same_as: sameAs(failed, number, own),
      };
    }),
  };
}

/** The first attempt before this one with the same error. */
function sameAs(
  failed: readonly { readonly attempt: number; readonly error: ErrorInfo }[],
  number: number,
  error: ErrorInfo | undefined,
): number | null {
  if (error === undefined) return null;
  const same = failed.find(({ error: other }) => other.fingerprint === error.fingerprint);
  return same === undefined || same.attempt === number ? null : same.attempt;
}
