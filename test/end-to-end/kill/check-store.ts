/** Holds a store against the ledger of what was sent to it, by the store's own reader. */
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { parseTraceId } from "../../../src/jobscope/model/ids.js";
import type { JobStoreReader, Lsn } from "../../../src/jobscope/store/job-store.js";
import { indexBatch } from "../../../src/processor/batch-index.js";
import type { SentJob } from "./ledger.js";

export interface StoreFindings {
  /** Acknowledged and not there, or there with other bytes. Jids. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly twice: readonly string[];
  /** What the reader reports as damaged. */
  readonly damage: readonly string[];
  /** Lsns that come twice or out of order. */
  readonly disorder: readonly string[];
}

/** Looks for these jobs only; notes the lsn of each that is there. */
export async function checkJobs(store: string, jobs: readonly SentJob[]): Promise<StoreFindings> {
  const reader = openFileStoreReader(store, { indexBatch });
  try {
    const lost: string[] = [];
    const twice: string[] = [];
    const oldest = await firstLsn(reader);
    for (const job of jobs) {
      const found = await checkJob(reader, job);
      if (found === "twice") twice.push(job.jid);
      // Retention removes from the old end only.
      const isRetired = job.lsn !== undefined && job.lsn < oldest;
      if (found === "missing" && job.acknowledged && !isRetired) lost.push(job.jid);
    }
    const { damage } = await reader.info();
    return { lost, twice, damage: damage.map((each) => JSON.stringify(each)), disorder: [] };
  } finally {
    await reader.close();
  }
}

/** Looks for all of them, and at every record. */
export async function checkStore(store: string, jobs: readonly SentJob[]): Promise<StoreFindings> {
  const findings = await checkJobs(store, jobs);
  const reader = openFileStoreReader(store, { indexBatch });
  const lsns: number[] = [];
  for await (const { lsn } of reader.batches()) lsns.push(lsn);
  await reader.close();
  return { ...findings, disorder: disorderOf(lsns) };
}

export function disorderOf(lsns: readonly number[]): readonly string[] {
  const disorder: string[] = [];
  let last = -1;
  for (const lsn of lsns) {
    if (lsn <= last) disorder.push(`lsn ${lsn} comes after ${last}`);
    last = Math.max(last, lsn);
  }
  return disorder;
}

async function checkJob(
  reader: JobStoreReader,
  job: SentJob,
): Promise<"there" | "missing" | "twice"> {
  const [lsn, ...more] = await lsnsOf(reader, job);
  if (more.length > 0) return "twice";
  if (lsn === undefined) return "missing";
  const batch = await reader.read(lsn);
  if (batch === undefined || !job.body.equals(batch.raw())) return "missing";
  job.lsn = lsn;
  return "there";
}

async function lsnsOf(reader: JobStoreReader, { jid, logsOf }: SentJob): Promise<readonly Lsn[]> {
  if (logsOf === undefined) return (await reader.findRows(jid)).map(({ lsn }) => lsn);
  const traceId = parseTraceId(logsOf);
  return traceId === undefined ? [] : reader.findLogs(traceId);
}

async function firstLsn(reader: JobStoreReader): Promise<number> {
  for await (const { lsn } of reader.batches()) return lsn;
  return 0;
}
