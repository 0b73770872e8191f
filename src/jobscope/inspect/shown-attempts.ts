/**
 * Which attempt's timeline is shown when nobody says: the only one; of several with the same error the last; and when
 * the error changed the first that failed, because later errors are often consequences of what it left behind.
 */
import type { Attempt, JobDocument } from "../model/job-document.js";
import type { View } from "./view.js";

export interface ShownAttempts {
  readonly attempts: readonly Attempt[];
  /** Why these, as a sentence; undefined when there was nothing to choose. */
  readonly reason: string | undefined;
}

/** An attempt number that is not there gives no attempts. */
export function shownAttempts(
  { attempts, errors }: JobDocument,
  wanted: View["attempt"],
): ShownAttempts {
  if (wanted === "all") return { attempts, reason: undefined };
  if (wanted === "first") return { attempts: attempts.slice(0, 1), reason: undefined };
  if (wanted === "last") return { attempts: attempts.slice(-1), reason: undefined };
  if (wanted !== undefined)
    return { attempts: attempts.filter(({ number }) => number === wanted), reason: undefined };
  if (attempts.length <= 1) return { attempts, reason: undefined };

  const first = errors.first?.attempt;
  const changedAt = errors.by_attempt.find(
    ({ fingerprint }) => fingerprint !== null && fingerprint !== errors.first?.error.fingerprint,
  )?.attempt;
  if (errors.changed && first !== undefined) {
    const reason = `The error changed at attempt ${changedAt}. Showing attempt ${first}, the first to fail.`;
    return { attempts: attempts.filter(({ number }) => number === first), reason };
  }
  return { attempts: attempts.slice(-1), reason: `Showing attempt ${attempts.length}, the last.` };
}
