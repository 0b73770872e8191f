/**
 * Which jobs of a list came already. Candidates come by falling time, so a job is forgotten once the list has gone past its
 * oldest row: what is kept is what was under way at one time, not every job of the store.
 */
import type { UnixNano } from "../model/time.js";

export interface SeenJobs {
  has(jobId: string, latest: UnixNano): boolean;
  /** `until`: the job does not come again in what is older. */
  add(jobId: string, until: UnixNano): void;
}

/** Below this nothing is forgotten. About 100 bytes each. */
const KEPT_MAX = 100_000;

export function createSeenJobs(keptMax = KEPT_MAX): SeenJobs {
  const seen = new Map<string, UnixNano>();
  let forgetAt = keptMax;
  /** The oldest time that was reached; what comes from before it again is told anew because an index was damaged. */
  let reached: UnixNano | undefined;
  let hasForgotten = false;

  function forget(): void {
    for (const [jobId, until] of seen)
      if (reached !== undefined && until > reached) seen.delete(jobId);
    hasForgotten = true;
    // What is left is still wanted: looking through it again at once would find nothing to forget.
    forgetAt = Math.max(keptMax, seen.size * 2);
  }

  return {
    has(jobId, latest) {
      const isAgain = hasForgotten && reached !== undefined && latest > reached;
      if (reached === undefined || latest < reached) reached = latest;
      return isAgain || seen.has(jobId);
    },
    add(jobId, until) {
      seen.set(jobId, until);
      if (seen.size > forgetAt) forget();
    },
  };
}
