/**
 * How the jobs of a stretch of time did. States and times are in the rows of the index, for however many jobs; what only
 * their steps tell is told of the newest, and of how many.
 */
import type { JobDocument } from "../../model/job-document.js";
import type { StatsDocument } from "../../model/stats/stats-document.js";
import { createClassTallies } from "../../model/stats/tally-classes.js";
import { createJobTally } from "../../model/stats/tally-jobs.js";
import { formatInstant, type UnixNano } from "../../model/time.js";
import type { JobStoreReader } from "../../store/job-store.js";
import type { JobFilter } from "../job-filter.js";
import { statementsOf } from "../job-line.js";
import { listJobs } from "../job-list.js";
import type { JobSummary } from "../job-summary.js";
import { matchedJobs } from "../matched-jobs.js";
import { createJobsReader } from "../read-jobs.js";
import { CLASS_JOBS_READ_MAX, createDetailTally } from "./class-detail.js";

/** Of each class, the newest, for what only a job's steps tell; each takes some milliseconds. */
export const JOBS_READ_MAX = 100;
/** Of all classes together. */
export const ALL_JOBS_READ_MAX = 1000;

export interface StatsQuestion {
  readonly filter: JobFilter;
  /** Exactly this class, in detail. */
  readonly jobClass?: string | undefined;
  /** Steps and groups of failures that the detail lists. */
  readonly limit: number;
  readonly onLook?: ((looked: number, read: number) => void) | undefined;
}

export async function readStats(
  reader: JobStoreReader,
  { filter: asked, jobClass, limit, onLook }: StatsQuestion,
): Promise<StatsDocument> {
  const filter = jobClass === undefined ? asked : { ...asked, class: jobClass };
  const readJob = createJobsReader(reader);
  const all = createJobTally();
  const classes = createClassTallies();
  const detail =
    jobClass === undefined
      ? undefined
      : createDetailTally((await listJobs(reader, { ...filter, limit: 1 }))[0]?.latest);
  const range = createRange();
  let read = 0;

  const wants = (job: JobSummary): boolean => {
    if (detail !== undefined) return detail.wants(job);
    const ofClass = classes.read(job.class) ?? JOBS_READ_MAX;
    return job.duration_ns !== null && ofClass < JOBS_READ_MAX && read < ALL_JOBS_READ_MAX;
  };
  const addDocument = (job: JobSummary, document: JobDocument): void => {
    read++;
    detail?.addDocument(document);
    const max = detail === undefined ? JOBS_READ_MAX : CLASS_JOBS_READ_MAX;
    if (job.duration_ns !== null && (classes.read(job.class) ?? max) < max)
      classes.addStatements(job.class, statementsOf(document.attempts.at(-1)));
  };

  for await (const { summary, document } of matchedJobs(reader, readJob, filter)) {
    // A star in a name stands for itself here.
    if (jobClass !== undefined && summary.class !== jobClass) continue;
    all.add(summary);
    classes.add(summary);
    detail?.add(summary);
    range.add(summary.latest);
    const whole = document ?? (wants(summary) ? await readJob(summary.jid) : undefined);
    if (whole !== undefined) addDocument(summary, whole);
    onLook?.(all.jobs, read);
  }
  return {
    schema: "jobtrace.stats/v1",
    first_at: range.first(),
    last_at: range.last(),
    jobs: all.jobs,
    states: all.states(),
    interruptions: all.interruptions,
    classes: classes.classes(),
    jobs_of_other_classes: classes.others,
    detail: detail?.detail(limit) ?? null,
  };
}

function createRange() {
  let first: UnixNano | undefined;
  let last: UnixNano | undefined;
  return {
    add(time: UnixNano) {
      if (first === undefined || time < first) first = time;
      if (last === undefined || time > last) last = time;
    },
    first: () => (first === undefined ? null : formatInstant(first)),
    last: () => (last === undefined ? null : formatInstant(last)),
  };
}
