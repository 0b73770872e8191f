/** Many jobs, each read whole, for what looks at all of a stretch of time: statistics, groups of failures, deep filters. */
import type { JobDocument } from "../model/job-document.js";
import type { JobStoreReader } from "../store/job-store.js";
import { type JobFilter, matchingJobs } from "./job-list.js";
import { keepBatches } from "../store/keep-batches.js";
import { readJobByText } from "./read-job.js";

/** By falling time of their last news, nearly: as the store gives candidates. `filter.limit` is not looked at. */
export async function* readJobs(
  reader: JobStoreReader,
  filter: Omit<JobFilter, "limit">,
): AsyncIterable<JobDocument> {
  const keeping = keepBatches(reader);
  for await (const { jid } of matchingJobs(reader, filter)) {
    const document = await readJobByText(keeping, jid);
    if (document !== undefined) yield document;
  }
}
