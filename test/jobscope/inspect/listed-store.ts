/** Stores for what looks at many jobs: a recorded run, or requests built for one case. */
import type { JobFilter } from "../../../src/jobscope/inspect/job-filter.js";
import { type JobLine, jobLineOf } from "../../../src/jobscope/inspect/job-line.js";
import { jobsNewestFirst } from "../../../src/jobscope/inspect/job-list.js";
import { createJobsReader } from "../../../src/jobscope/inspect/read-jobs.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { createMemoryStore, type MemoryStore } from "../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../src/processor/ingest.js";
import { ingestBodies, recordedRun } from "../../recorded-runs.js";

export async function recordedStore(name: string): Promise<MemoryStore> {
  const store = createMemoryStore();
  await ingestBodies(recordedRun(name).bodies, store.writer);
  return store;
}

/** Received one second after another. */
export async function storeOf(requests: readonly Buffer[]): Promise<MemoryStore> {
  const store = createMemoryStore();
  let now = 1_795_000_000_000_000_000n;
  const ingest = createIngest(store.writer, () => unixNano((now += 1_000_000_000n)));
  for (const body of requests) {
    const outcome = await ingest({ body, codec: "identity", raw: body, format: "protobuf" });
    if (outcome.kind !== "accepted") throw new Error(outcome.kind);
  }
  return store;
}

export async function linesOf(
  reader: JobStoreReader,
  filter: JobFilter = {},
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly JobLine[]> {
  const lines: JobLine[] = [];
  for await (const job of jobsNewestFirst(reader, createJobsReader(reader), filter)) {
    lines.push(jobLineOf(job));
    if (lines.length >= limit) break;
  }
  return lines;
}
