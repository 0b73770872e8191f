/** Several indexes over stretches of one segment, asked as one. */
import { distinctIds } from "./distinct-ids.js";
import { mergeJobs } from "./merge-jobs.js";
import type { SegmentIndex } from "./segment-index.js";

/** `indexes`: by their records, ascending. */
export function joinIndexes(indexes: readonly SegmentIndex[]): SegmentIndex {
  const [only] = indexes;
  if (only !== undefined && indexes.length === 1) return only;
  return {
    rowsOf: (jobId) => indexes.flatMap((index) => index.rowsOf(jobId)),
    jobIds: (prefix, limit) =>
      distinctIds(
        indexes.flatMap((index) => index.jobIds(prefix, limit)),
        limit,
      ),
    lsnsOf: (traceId) => indexes.flatMap((index) => index.lsnsOf(traceId)),
    logLsnsOf: (traceId) => indexes.flatMap((index) => index.logLsnsOf(traceId)),
    traceIds: (prefix, limit) =>
      distinctIds(
        indexes.flatMap((index) => index.traceIds(prefix, limit)),
        limit,
      ),
    jobs: (query) => mergeJobs(indexes.map((index) => index.jobs(query))),
    offsetOf(lsn) {
      for (const index of indexes) {
        const offset = index.offsetOf(lsn);
        if (offset !== undefined) return offset;
      }
      return undefined;
    },
  };
}
