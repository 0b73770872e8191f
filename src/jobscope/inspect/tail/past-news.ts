/** News of before: the last few, or all since some time. Found by the index, told in the order of the log. */
import type { UnixNano } from "../../model/time.js";
import type { FoundRow, JobStoreReader, Lsn } from "../../store/job-store.js";
import { queryOf } from "../job-filter.js";
import type { JobLine } from "../job-line.js";
import type { Looking } from "../job-list.js";
import { createSeenJobs } from "../seen-jobs.js";
import { allNews, byTime, type News } from "./job-news.js";
import { linesOfBatch } from "./news-of-batch.js";
import type { NewsLines, WantedNews } from "./news-lines.js";

/** Jobs that are looked at for the last few lines: a filter that nothing fits must not read a whole store first. */
const LOOKED_MAX = 5_000;

export interface Past {
  readonly lines: readonly JobLine[];
  /** Where looking back ended before there were enough; undefined: it did not. */
  readonly lookedBackTo: UnixNano | undefined;
}

interface Kept {
  readonly news: News;
  readonly line: JobLine;
}

/** The last `count` by the time at which they happened. */
export async function lastNews(
  reader: JobStoreReader,
  lines: NewsLines,
  { filter, count, signal, onLook }: WantedNews & Looking & { readonly count: number },
): Promise<Past> {
  /** By rising time. */
  const kept: Kept[] = [];
  const isTooOld = (at: UnixNano): boolean => kept.length >= count && at < (kept[0]?.news.at ?? at);
  let looked = 0;
  let lookedBackTo: UnixNano | undefined;
  for await (const { rows, latest } of jobsOnce(reader, filter)) {
    if (isTooOld(latest) || count === 0 || signal?.aborted === true) break;
    if (looked++ === LOOKED_MAX) {
      lookedBackTo = latest;
      break;
    }
    onLook?.(latest);
    for (const news of allNews(rows)) {
      if (isTooOld(news.at)) continue;
      const line = await lines.lineOf(reader, news, rows);
      if (line === undefined) continue;
      kept.push({ news, line });
      kept.sort((a, b) => byTime(a.news, b.news));
      if (kept.length > count) kept.shift();
    }
  }
  kept.sort((a, b) => a.news.lsn - b.news.lsn || byTime(a.news, b.news));
  return { lines: kept.map(({ line }) => line), lookedBackTo };
}

/** All that happened since then, as the filter says. In memory are the numbers of the records, no more. */
export async function* newsSince(
  reader: JobStoreReader,
  lines: NewsLines,
  { kinds, filter, signal, onLook }: WantedNews & Looking,
): AsyncIterable<JobLine> {
  const lsns = new Set<Lsn>();
  for await (const { rows, latest } of jobsOnce(reader, filter)) {
    if (signal?.aborted === true) return;
    onLook?.(latest);
    for (const { kind, at, lsn } of allNews(rows))
      if (kinds.has(kind) && (filter.since === undefined || at >= filter.since)) lsns.add(lsn);
  }
  for (const lsn of [...lsns].sort((a, b) => a - b)) {
    const batch = await reader.read(lsn);
    if (batch !== undefined) yield* linesOfBatch(reader, batch, lines);
  }
}

interface JobRows {
  readonly rows: readonly FoundRow[];
  /** Nothing of the job is newer. */
  readonly latest: UnixNano;
}

/** Each once, newest first. */
async function* jobsOnce(
  reader: JobStoreReader,
  filter: WantedNews["filter"],
): AsyncIterable<JobRows> {
  const seen = createSeenJobs();
  // The states of a job are those it had then, so nothing is left out for those that it has now.
  for await (const { jobId, latest } of reader.jobs(queryOf({ ...filter, states: undefined }))) {
    if (seen.has(jobId, latest)) continue;
    const rows = await reader.findRows(jobId);
    const oldest = rows.reduce((time, { start }) => (start < time ? start : time), latest);
    seen.add(jobId, oldest);
    yield { rows, latest };
  }
}
