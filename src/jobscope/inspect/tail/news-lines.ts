/** News → lines, as far as a filter wants them: chosen by rows where these can tell, by the job where they cannot. */
import { keepSpans } from "../../../processor/kept-spans.js";
import type { FoundRow, JobStoreReader } from "../../store/job-store.js";
import { keepBatches } from "../../store/keep-batches.js";
import { documentMatcher, type JobFilter, queryOf, rowsMatcher } from "../job-filter.js";
import { type JobLine, jobLineOf, type JobNews } from "../job-line.js";
import { mayBeRootless, summarise } from "../job-summary.js";
import { jobAtNews } from "./job-at-news.js";
import type { News } from "./job-news.js";

export interface WantedNews {
  readonly kinds: ReadonlySet<JobNews>;
  readonly filter: JobFilter;
}

export interface NewsLines {
  /** The reader that the lines are made from, at this moment. Close it soon. */
  snapshot(): JobStoreReader;
  /** Whether a job with such a row may be wanted. */
  mayWant(row: Pick<FoundRow, "jobClass" | "queue" | "service" | "error">): boolean;
  /** undefined: it is not wanted, or retention took it. `rows`: of the job, up to the record of the news at least. */
  lineOf(
    reader: JobStoreReader,
    news: News,
    rows: readonly FoundRow[],
  ): Promise<JobLine | undefined>;
}

/** Kept from one line to the next, inflated bytes and spans: who follows for days holds no more than this. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
const KEPT_SPANS_MAX = 20_000;

export function createNewsLines(reader: JobStoreReader, { kinds, filter }: WantedNews): NewsLines {
  const kept = keepBatches(reader, KEPT_BYTES_MAX);
  const source = keepSpans(KEPT_SPANS_MAX);
  // The states of a job are those it had then, so nothing is left out for those that it has now.
  const { facts } = queryOf({ ...filter, states: undefined });
  const matchesRows = rowsMatcher(filter);
  const matchesDocument = documentMatcher(filter);

  /** Reading a job costs a hundred times as much as looking at its rows. */
  function isRefused(news: News, rows: readonly FoundRow[]): boolean {
    if (news.kind !== "ended" || mayBeRootless(rows)) return false;
    const summary = summarise(rows.filter((row) => row.start <= news.start));
    return summary !== undefined && !matchesRows({ ...summary, latest: news.at }, rows);
  }

  return {
    snapshot: () => ({ ...reader.snapshot(), read: (lsn) => kept.read(lsn) }),
    mayWant: (row) => facts === undefined || facts(row),
    async lineOf(from, news, rows) {
      if (!kinds.has(news.kind)) return undefined;
      const known = rows.filter(({ lsn }) => lsn <= news.lsn);
      if (isRefused(news, known)) return undefined;
      const job = await jobAtNews(from, news, source);
      if (job === undefined || !matchesRows(job.summary, known)) return undefined;
      if (matchesDocument !== undefined && !matchesDocument(job.document)) return undefined;
      return jobLineOf(job, news);
    },
  };
}
