/** Jobs that failed in a stretch of time, grouped by what failed. The index tells which they are; only these are read. */
import type { Attempt } from "../../model/job-document.js";
import type { FailuresDocument } from "../../model/failures/failures-document.js";
import { createFailureGroups } from "../../model/failures/group-failures.js";
import { formatInstant, type UnixNano } from "../../model/time.js";
import type { JobStoreReader } from "../../store/job-store.js";
import { attemptMatcher, documentMatcher, type JobFilter } from "../job-filter.js";
import { listJobs, matchingJobs } from "../job-list.js";
import { createJobsReader } from "../read-jobs.js";

/** Each takes some milliseconds. */
export const FAILED_JOBS_READ_MAX = 2000;

export interface FailuresQuestion {
  /** `since` and `until`: when the attempt failed. */
  readonly filter: JobFilter;
  /** How many groups are given. */
  readonly limit: number;
  readonly readMax?: number;
  readonly onRead?: (count: number) => void;
}

export async function readFailures(
  reader: JobStoreReader,
  { filter, limit, readMax = FAILED_JOBS_READ_MAX, onRead }: FailuresQuestion,
): Promise<FailuresDocument> {
  const readJob = createJobsReader(reader);
  const matches = documentMatcher(filter);
  const isWanted = attemptWanted(filter);
  const groups = createFailureGroups();
  const counts = { read: 0, notRead: 0, jobs: 0, attempts: 0 };
  // What failed in time may have gone on since then.
  const withErrors = { ...filter, until: undefined, error: filter.error ?? "*" };
  for await (const { jid } of matchingJobs(reader, withErrors)) {
    if (counts.read === readMax) {
      counts.notRead++;
      continue;
    }
    const document = await readJob(jid);
    counts.read++;
    onRead?.(counts.read);
    if (document === undefined || matches?.(document) === false) continue;
    const added = groups.add(document, isWanted);
    if (added > 0) counts.jobs++;
    counts.attempts += added;
  }
  const newest = await newestNews(reader, filter);
  const { groups: sorted, omitted } = groups.sum(newest, limit);
  return {
    schema: "jobtrace.failures/v1",
    recorded_to: newest === undefined ? null : formatInstant(newest),
    jobs: counts.jobs,
    attempts: counts.attempts,
    jobs_not_read: counts.notRead,
    groups: sorted,
    omitted,
  };
}

function attemptWanted(filter: JobFilter): (attempt: Attempt, at: UnixNano) => boolean {
  const { since, until } = filter;
  const matches = attemptMatcher(filter);
  return (attempt, at) =>
    (since === undefined || at >= since) && (until === undefined || at < until) && matches(attempt);
}

/** Of the jobs that could have failed, as far as rows tell. */
async function newestNews(
  reader: JobStoreReader,
  { class: name, queue, since, until }: JobFilter,
): Promise<UnixNano | undefined> {
  const [newest] = await listJobs(reader, { class: name, queue, since, until, limit: 1 });
  return newest?.latest;
}
