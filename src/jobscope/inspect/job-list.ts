/**
 * The jobs of a store that a filter wants, newest first: chosen by the index where it can tell, by documents where it
 * cannot, and each shown from its document, so that a list never says other than `inspect`.
 */
import type { JobDocument } from "../model/job-document.js";
import type { UnixNano } from "../model/time.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";
import { documentMatcher, type JobFilter, queryOf, rowsMatcher } from "./job-filter.js";
import type { JobSummary } from "./job-summary.js";
import type { ReadJob } from "./read-jobs.js";
import { createSeenJobs } from "./seen-jobs.js";
import { summariseJob } from "./summarise-job.js";

export interface ListedJob {
  readonly summary: JobSummary;
  readonly document: JobDocument;
}

export interface Looking {
  /** Ends the search: what was found until then is given. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every job looked at, by its last news. */
  readonly onLook?: ((latest: UnixNano) => void) | undefined;
}

/** By falling time of their last news; ids decide between equals. */
export async function* jobsNewestFirst(
  reader: JobStoreReader,
  readJob: ReadJob,
  filter: JobFilter,
  looking: Looking = {},
): AsyncIterable<ListedJob> {
  const matches = documentMatcher(filter);
  /** In order, all older than every candidate that is still to come could make them wait for. */
  const waiting: Found[] = [];
  for await (const { found, notLater } of candidates(reader, filter, looking)) {
    // Candidates come by a time that is not before their own: nothing after this one is newer than these.
    while (waiting[0] !== undefined && notLater < waiting[0].summary.latest) {
      const job = await listed(waiting.shift(), readJob, filter);
      if (job !== undefined) yield job;
    }
    if (found === undefined) continue;
    const document = matches === undefined ? undefined : await readJob(found.jid);
    if (matches !== undefined && (document === undefined || !matches(document))) continue;
    insert(waiting, { summary: found, document });
  }
  for (const job of waiting) {
    const last = await listed(job, readJob, filter);
    if (last !== undefined) yield last;
  }
}

/** From the rows of the index alone, newest first: for who asks only what `JobSummary` tells. */
export async function listJobs(
  reader: JobStoreReader,
  filter: JobFilter & { readonly limit: number | undefined },
): Promise<readonly JobSummary[]> {
  const limit = filter.limit ?? Number.POSITIVE_INFINITY;
  const found: Found[] = [];
  for await (const { found: summary, notLater } of candidates(reader, filter, {})) {
    const last = found[limit - 1];
    if (last !== undefined && notLater < last.summary.latest) break;
    if (summary === undefined) continue;
    insert(found, { summary, document: undefined });
    if (found.length > limit) found.pop();
  }
  return found.map(({ summary }) => summary);
}

/** The same without the order and the limit: as the store finds them, which is nearly by falling time. */
export async function* matchingJobs(
  reader: JobStoreReader,
  filter: JobFilter,
  looking: Looking = {},
): AsyncIterable<JobSummary> {
  for await (const { found } of candidates(reader, filter, looking))
    if (found !== undefined) yield found;
}

interface Found {
  readonly summary: JobSummary;
  /** undefined: not read yet. */
  readonly document: JobDocument | undefined;
}

/** undefined: retention took it meanwhile, or what it has become since is not wanted. */
async function listed(
  found: Found | undefined,
  readJob: ReadJob,
  { states }: JobFilter,
): Promise<ListedJob | undefined> {
  if (found === undefined) return undefined;
  const document = found.document ?? (await readJob(found.summary.jid));
  if (document === undefined || states?.includes(document.job.state) === false) return undefined;
  return { summary: found.summary, document };
}

/** Each job once; `found` is undefined for one that the rows say is not wanted. */
async function* candidates(
  reader: JobStoreReader,
  filter: JobFilter,
  { signal, onLook }: Looking,
): AsyncIterable<{ readonly found: JobSummary | undefined; readonly notLater: UnixNano }> {
  const matches = rowsMatcher(filter);
  const seen = createSeenJobs();
  for await (const { jobId, latest } of reader.jobs(queryOf(filter))) {
    if (signal?.aborted === true) return;
    onLook?.(latest);
    if (seen.has(jobId, latest)) continue;
    const rows = await reader.findRows(jobId);
    seen.add(jobId, oldestNews(rows, latest));
    const summary = await summariseJob(reader, rows);
    const isWanted = summary !== undefined && matches(summary, rows);
    yield { found: isWanted ? summary : undefined, notLater: latest };
  }
}

/** The job cannot come again in a stretch of the index that is older than its oldest row. */
function oldestNews(rows: readonly FoundRow[], latest: UnixNano): UnixNano {
  return rows.reduce((oldest, { start }) => (start < oldest ? start : oldest), latest);
}

/** Keeps `found` in order. Nearly every job belongs near the end. */
function insert(found: Found[], job: Found): void {
  let at = found.length;
  for (let before = found[at - 1]; before !== undefined; before = found[at - 1]) {
    if (newestFirst(before.summary, job.summary) <= 0) break;
    at--;
  }
  found.splice(at, 0, job);
}

function newestFirst(a: JobSummary, b: JobSummary): number {
  if (a.latest !== b.latest) return a.latest < b.latest ? 1 : -1;
  return a.jid < b.jid ? -1 : 1;
}
