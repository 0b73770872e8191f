/** Many jobs, each read whole, for what looks at all of a stretch of time: statistics, groups of failures, deep filters. */
import { keepSpans } from "../../processor/kept-spans.js";
import type { JobDocument } from "../model/job-document.js";
import { keepBatches } from "../store/keep-batches.js";
import type { JobStoreReader } from "../store/job-store.js";
import type { JobFilter } from "./job-filter.js";
import { matchingJobs } from "./job-list.js";
import { readJobByText } from "./read-job.js";

/** Reads one job after another; undefined for one that is not there. Jobs of one time share their batches, so read them together. */
export type ReadJob = (jid: string) => Promise<JobDocument | undefined>;

export function createJobsReader(reader: JobStoreReader): ReadJob {
  const keeping = keepBatches(reader);
  const spans = keepSpans();
  return (jid) => readJobByText(keeping, jid, spans);
}

/** By falling time of their last news, nearly: as the store gives candidates. */
export async function* readJobs(
  reader: JobStoreReader,
  filter: JobFilter,
): AsyncIterable<JobDocument> {
  const readJob = createJobsReader(reader);
  for await (const { jid } of matchingJobs(reader, filter)) {
    const document = await readJob(jid);
    if (document !== undefined) yield document;
  }
}
