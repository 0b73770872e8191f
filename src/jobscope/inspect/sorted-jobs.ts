/** The same jobs as a list by time, in another order: all of them are looked at, and only as many kept as are shown. */
import type { JobStoreReader } from "../store/job-store.js";
import { documentMatcher, type JobFilter } from "./job-filter.js";
import { type ListedJob, type Looking, jobsNewestFirst, matchingJobs } from "./job-list.js";
import type { JobSummary } from "./job-summary.js";
import type { ReadJob } from "./read-jobs.js";

export type JobOrder = "started" | "duration" | "wait";

/** About 200 bytes each. */
export const SORTED_MAX = 1_000_000;

interface Ranked {
  readonly key: bigint;
  readonly summary: JobSummary;
}

/** Falling; jobs without the value of the order come last. Ids decide between equals. */
export async function* jobsInOrder(
  reader: JobStoreReader,
  readJob: ReadJob,
  filter: JobFilter,
  { order, limit, ...looking }: Looking & { readonly order: JobOrder; readonly limit: number },
): AsyncIterable<ListedJob> {
  const kept: Ranked[] = [];
  const most = Math.min(limit, SORTED_MAX);
  for await (const { summary, key } of keyed(reader, readJob, filter, { order, ...looking })) {
    kept.push({ summary, key });
    // Sorting now and then costs less than finding each one's place.
    if (kept.length >= most * 2 + 1000) keepFirst(kept, most);
  }
  keepFirst(kept, most);
  for (const { summary } of kept) {
    const document = await readJob(summary.jid);
    if (document !== undefined) yield { summary, document };
  }
}

function keepFirst(kept: Ranked[], count: number): void {
  kept.sort((a, b) =>
    a.key !== b.key ? (a.key < b.key ? 1 : -1) : a.summary.jid < b.summary.jid ? -1 : 1,
  );
  kept.length = Math.min(kept.length, count);
}

async function* keyed(
  reader: JobStoreReader,
  readJob: ReadJob,
  filter: JobFilter,
  { order, ...looking }: Looking & { readonly order: JobOrder },
): AsyncIterable<Ranked> {
  if (documentMatcher(filter) !== undefined) {
    for await (const { summary } of jobsNewestFirst(reader, readJob, filter, looking))
      yield { summary, key: keyOf(order, summary) };
    return;
  }
  for await (const summary of matchingJobs(reader, filter, looking))
    yield { summary, key: keyOf(order, summary) };
}

function keyOf(order: JobOrder, summary: JobSummary): bigint {
  if (order === "duration") return BigInt(summary.duration_ns ?? -1);
  if (order === "wait") return BigInt(summary.wait_ns ?? -1);
  return startedNanos(summary);
}

/** RFC 3339 in UTC with nine digits sorts as it stands: its digits make one number. */
function startedNanos({ started_at: started }: JobSummary): bigint {
  return started === null ? -1n : BigInt(started.replace(/\D/g, ""));
}
