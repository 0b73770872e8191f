/** The newest jobs of a store, filtered, from the index alone. */
import { isInterruption } from "../model/errors/interruption.js";
import type { JobState } from "../model/job-document.js";
import type { UnixNano } from "../model/time.js";
import type { JobMarks, JobQuery, JobStoreReader } from "../store/job-store.js";
import type { JobSummary } from "./job-summary.js";
import { summariseJob } from "./summarise-job.js";

export interface JobFilter {
  readonly states: readonly JobState[] | undefined;
  /** `*` stands for anything. */
  readonly class: string | undefined;
  readonly queue: string | undefined;
  /** Only jobs whose last news is not older. */
  readonly since: UnixNano | undefined;
  /** undefined: all. */
  readonly limit: number | undefined;
}

/** Newest first, by when each last ended or was pushed; ids decide between equals. */
export async function listJobs(
  reader: JobStoreReader,
  filter: JobFilter,
): Promise<readonly JobSummary[]> {
  const limit = filter.limit ?? Number.POSITIVE_INFINITY;
  const found: JobSummary[] = [];
  for await (const { summary, notLater } of candidates(reader, filter)) {
    // Candidates come by a time that is not before their own: nothing after this one is newer than what was found.
    const last = found[limit - 1];
    if (last !== undefined && notLater < last.latest) break;
    if (summary !== undefined) insert(found, summary, limit);
  }
  return found;
}

/** The same without the order and the limit: as the store finds them, which is nearly by falling time. */
export async function* matchingJobs(
  reader: JobStoreReader,
  filter: Omit<JobFilter, "limit">,
): AsyncIterable<JobSummary> {
  for await (const { summary } of candidates(reader, filter)) {
    if (summary !== undefined) yield summary;
  }
}

/** Each job once; `summary` is undefined for one that does not match. */
async function* candidates(
  reader: JobStoreReader,
  filter: Omit<JobFilter, "limit">,
): AsyncIterable<{ readonly summary: JobSummary | undefined; readonly notLater: UnixNano }> {
  const matches = matcher(filter);
  const seen = new Set<string>();
  for await (const { jobId, latest } of reader.jobs(queryOf(filter))) {
    if (seen.has(jobId)) continue;
    seen.add(jobId);
    const summary = await summariseJob(reader, await reader.findRows(jobId));
    const isWanted = summary !== undefined && matches(summary);
    yield { summary: isWanted ? summary : undefined, notLater: latest };
  }
}

/** Keeps `found` in order and within its limit. Nearly every job belongs near the end. */
function insert(found: JobSummary[], job: JobSummary, limit: number): void {
  let at = found.length;
  for (let before = found[at - 1]; before !== undefined; before = found[at - 1]) {
    if (newestFirst(before, job) <= 0) break;
    at--;
  }
  found.splice(at, 0, job);
  if (found.length > limit) found.pop();
}

/** What the store may leave out without a look at the whole job. */
function queryOf({ states, class: name, queue, since }: Omit<JobFilter, "limit">): JobQuery {
  const pattern = name === undefined ? undefined : globPattern(name);
  const asksQueued = states !== undefined && states.every((state) => state === "queued");
  const asksFacts = pattern !== undefined || queue !== undefined || asksQueued;
  return {
    since,
    facts: asksFacts
      ? (facts) =>
          (pattern === undefined || facts.jobClass === "" || pattern.test(facts.jobClass)) &&
          (queue === undefined || facts.queue === "" || facts.queue === queue) &&
          (!asksQueued || facts.error === "" || isInterruption(facts.error))
      : undefined,
    marks:
      states === undefined ? undefined : (marks) => states.some((state) => mayBe(state, marks)),
  };
}

/** Whether a job with rows like these, and perhaps others, may be in this state. */
function mayBe(state: JobState, marks: JobMarks): boolean {
  switch (state) {
    case "queued":
      // What was put back ended in an error as well.
      return !marks.attempted || marks.failed;
    case "running":
    case "orphaned":
      // Without a stamp an attempt may still be told by the push of its trace.
      return !marks.attempted || (marks.stamped && marks.failed);
    case "failed":
      return marks.failed;
    case "completed":
      return marks.succeeded;
  }
}

function matcher({
  states,
  class: name,
  queue,
  since,
}: Omit<JobFilter, "limit">): (job: JobSummary) => boolean {
  const pattern = name === undefined ? undefined : globPattern(name);
  return (job) =>
    (states === undefined || states.includes(job.state)) &&
    (pattern === undefined || pattern.test(job.class ?? "")) &&
    (queue === undefined || job.queue === queue) &&
    (since === undefined || job.latest >= since);
}

function globPattern(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split("*")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
}

function newestFirst(a: JobSummary, b: JobSummary): number {
  if (a.latest !== b.latest) return a.latest < b.latest ? 1 : -1;
  return a.jid < b.jid ? -1 : 1;
}
