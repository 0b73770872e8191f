/** Stores in memory filled with bodies, for tests that read jobs. */
import assert from "node:assert/strict";
import { readJob } from "../src/jobscope/inspect/read-job.js";
import { parseJid } from "../src/jobscope/model/ids.js";
import type { JobDocument } from "../src/jobscope/model/job-document.js";
import { unixNano } from "../src/jobscope/model/time.js";
import type { JobStoreReader } from "../src/jobscope/store/job-store.js";
import { createMemoryStore } from "../src/jobscope/store/memory-store.js";
import { createIngest } from "../src/processor/ingest.js";
import { ingestBodies, recordedRun } from "./recorded-runs.js";

export async function storedRun(name: string): Promise<JobStoreReader> {
  const { writer, reader } = createMemoryStore();
  await ingestBodies(recordedRun(name).bodies, writer);
  return reader;
}

/** Plain protobuf requests. */
export async function storedRequests(...requests: readonly Buffer[]): Promise<JobStoreReader> {
  const { writer, reader } = createMemoryStore();
  const ingest = createIngest(writer, () => unixNano(1n));
  for (const body of requests) {
    const outcome = await ingest({ body, codec: "identity", raw: body, format: "protobuf" });
    assert.equal(outcome.kind, "accepted");
  }
  return reader;
}

export async function documentOf(reader: JobStoreReader, jid: string): Promise<JobDocument> {
  const document = await readJob(reader, parseJid(jid) ?? assert.fail(`${jid} is no jid`));
  return document ?? assert.fail(`the store knows no job ${jid}`);
}

/** Every job id that is a job's own, in byte order. */
export async function jidsOf(reader: JobStoreReader): Promise<readonly string[]> {
  const jids = new Set<string>();
  for await (const { jobId } of reader.jobs({})) {
    const rows = await reader.findRows(jobId);
    if (rows.some(({ role }) => role !== "alias" && role !== "active_job_enqueue")) jids.add(jobId);
  }
  return [...jids].sort();
}
