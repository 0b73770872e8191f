/** How long jobs of one class took and waited, from the rows of the index: no job is read for it. */
import type { Percentiles } from "../model/document-units.js";
import { percentileOf } from "../model/percentile.js";
import type { JobStoreReader } from "../store/job-store.js";
import { listJobs } from "./job-list.js";

/** The newest: what the class does these days, at the price of some reads of the index for each. */
export const CLASS_JOBS_MAX = 1000;

export interface ClassTimes {
  readonly took: Percentiles | undefined;
  /** From the queue to the start of the first attempt. */
  readonly waited: Percentiles | undefined;
}

export async function classTimes(reader: JobStoreReader, jobClass: string): Promise<ClassTimes> {
  const jobs = await listJobs(reader, {
    states: undefined,
    // Ruby's constants have no star.
    class: jobClass,
    queue: undefined,
    since: undefined,
    limit: CLASS_JOBS_MAX,
  });
  return {
    took: percentiles(jobs.map(({ duration_ns: took }) => took)),
    waited: percentiles(jobs.map(({ wait_ns: wait }) => wait)),
  };
}

function percentiles(values: readonly (number | null)[]): Percentiles | undefined {
  const ascending = values
    .filter((value) => value !== null)
    .filter((value) => value >= 0)
    .sort((a, b) => a - b);
  const p50 = percentileOf(ascending, 0.5);
  const p95 = percentileOf(ascending, 0.95);
  return p50 === undefined || p95 === undefined
    ? undefined
    : { jobs: ascending.length, p50_ns: p50, p95_ns: p95 };
}
