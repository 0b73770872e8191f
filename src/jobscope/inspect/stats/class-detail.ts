/** What is told of one class: how its times spread, where they go, what failed, and its last hour beside the time before. */
import { createFailureGroups } from "../../model/failures/group-failures.js";
import type { JobDocument } from "../../model/job-document.js";
import { createHalfDecades } from "../../model/stats/half-decades.js";
import type { ClassDetail, Stretch } from "../../model/stats/stats-document.js";
import { createJobTally, type JobTally } from "../../model/stats/tally-jobs.js";
import { createStepTally } from "../../model/stats/tally-steps.js";
import { formatInstant, NANOS_PER_SECOND, type UnixNano, unixNano } from "../../model/time.js";
import type { JobSummary } from "../job-summary.js";

/** Jobs that are read for where the time goes, the newest; each takes some milliseconds. */
export const CLASS_JOBS_READ_MAX = 2000;
/** Jobs that failed and are read for why, the newest. */
export const CLASS_FAILURES_READ_MAX = 2000;

const HOUR = 3600n * NANOS_PER_SECOND;

export interface DetailTally {
  add(job: JobSummary): void;
  wants(job: JobSummary): boolean;
  addDocument(document: JobDocument): void;
  /** `limit`: of steps, and of groups of failures. */
  detail(limit: number): ClassDetail;
}

/** `newest`: the class's newest news in the time that is looked at. */
export function createDetailTally(newest: UnixNano | undefined): DetailTally {
  const hourFrom = newest === undefined ? undefined : unixNano(newest - HOUR);
  const histogram = createHalfDecades();
  const steps = createStepTally();
  const failures = createFailureGroups();
  const lastHour = createJobTally();
  const before = createJobTally();
  let failed = 0;
  let failedRead = 0;
  return {
    add(job) {
      const { state, latest, duration_ns: took } = job;
      if (took !== null && took >= 0) histogram.add(took);
      if (state === "failed") failed++;
      (hourFrom !== undefined && latest >= hourFrom ? lastHour : before).add(job);
    },
    wants: ({ state, duration_ns: took }) =>
      (took !== null && steps.jobs < CLASS_JOBS_READ_MAX) ||
      (state === "failed" && failedRead < CLASS_FAILURES_READ_MAX),
    addDocument(document) {
      const last = document.attempts.at(-1);
      if (steps.jobs < CLASS_JOBS_READ_MAX) steps.add(last);
      if (document.job.state !== "failed" || failedRead >= CLASS_FAILURES_READ_MAX) return;
      failedRead++;
      failures.add(document, (attempt) => attempt === last);
    },
    detail: (limit) => ({
      histogram: histogram.buckets(),
      time: steps.table(limit),
      failures: { jobs: failed, jobs_read: failedRead, ...failures.sum(newest, limit) },
      last_hour: stretchOf(lastHour, hourFrom, newest),
      before: stretchOf(before, undefined, hourFrom),
    }),
  };
}

function stretchOf(tally: JobTally, from: UnixNano | undefined, to: UnixNano | undefined): Stretch {
  return {
    from: from === undefined ? null : formatInstant(from),
    to: to === undefined ? null : formatInstant(to),
    jobs: tally.jobs,
    states: tally.states(),
    took: tally.took(),
  };
}
