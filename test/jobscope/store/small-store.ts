/** A store with a batch of one job in each segment, a day between one and the next. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type DurationNano,
  durationNano,
  type UnixNano,
  unixNano,
} from "../../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import {
  type FileStoreWriter,
  openFileStoreWriter,
  type WriterOptions,
} from "../../../src/jobscope/store/file-store-writer.js";
import { batchOf, indexTestBatch } from "./store-batches.js";

const DAY_SECONDS = 86_400;

/** The time at which the job of this number was received; a fraction is a part of a day. */
export function dayOf(number: number): UnixNano {
  return unixNano(
    batchOf([]).receivedAt + BigInt(Math.round(number * DAY_SECONDS)) * 1_000_000_000n,
  );
}

export function days(count: number): DurationNano {
  return durationNano(BigInt(count * DAY_SECONDS) * 1_000_000_000n);
}

export function openSmallStore(
  path: string,
  options: Partial<WriterOptions> = {},
): FileStoreWriter {
  return openFileStoreWriter(path, {
    indexBatch: indexTestBatch,
    now: () => dayOf(0),
    segmentBytesMax: 1,
    ...options,
  });
}

/** Jobs named job0, job1 … from `first` on, one for each day. */
export async function appendJobs(
  writer: FileStoreWriter,
  first: number,
  count: number,
): Promise<void> {
  for (let i = first; i < first + count; i++)
    await writer.append(batchOf([`job${i}`], { receivedAt: i * DAY_SECONDS }));
}

export async function fillSmallStore(path: string, count: number): Promise<void> {
  const writer = openSmallStore(path);
  await appendJobs(writer, 0, count);
  await writer.close();
}

/** The numbers of the jobs that a reader finds, ascending. */
export async function jobsIn(path: string): Promise<readonly number[]> {
  const reader = openFileStoreReader(path, { indexBatch: indexTestBatch });
  const ids = await reader.findJobIds("job", Number.POSITIVE_INFINITY);
  await reader.close();
  return ids.map((id) => Number(id.slice(3))).sort((a, b) => a - b);
}

export function filesIn(path: string): readonly string[] {
  return readdirSync(join(path, "log")).sort();
}

export function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}
