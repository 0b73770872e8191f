/** The jobs that a filter wants, in no strict order, for whoever adds them up: read only where their rows cannot tell. */
import type { JobDocument } from "../model/job-document.js";
import type { JobStoreReader } from "../store/job-store.js";
import { documentMatcher, type JobFilter } from "./job-filter.js";
import { type Looking, matchingJobs } from "./job-list.js";
import type { JobSummary } from "./job-summary.js";
import type { ReadJob } from "./read-jobs.js";

export interface MatchedJob {
  readonly summary: JobSummary;
  /** undefined: the filter did without it. */
  readonly document: JobDocument | undefined;
}

/** As the store finds them, which is nearly by falling time of their last news. */
export async function* matchedJobs(
  reader: JobStoreReader,
  readJob: ReadJob,
  filter: JobFilter,
  looking: Looking = {},
): AsyncIterable<MatchedJob> {
  const matches = documentMatcher(filter);
  for await (const summary of matchingJobs(reader, filter, looking)) {
    const document = matches === undefined ? undefined : await readJob(summary.jid);
    if (matches === undefined || (document !== undefined && matches(document)))
      yield { summary, document };
  }
}
