/** What a tail tells of a store in memory: while its records come one by one, or once they are all there. */
import type { JobFilter } from "../../../../src/jobscope/inspect/job-filter.js";
import type { JobLine, JobNews } from "../../../../src/jobscope/inspect/job-line.js";
import { createNewsLines } from "../../../../src/jobscope/inspect/tail/news-lines.js";
import { linesOfBatch } from "../../../../src/jobscope/inspect/tail/news-of-batch.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import {
  createMemoryStore,
  type MemoryStore,
} from "../../../../src/jobscope/store/memory-store.js";
import { createIngest } from "../../../../src/processor/ingest.js";

export const ALL_NEWS: ReadonlySet<JobNews> = new Set(["ended", "started", "enqueued"]);

export interface Wanted {
  readonly kinds?: ReadonlySet<JobNews>;
  readonly filter?: JobFilter;
}

/** Those of all records, each read when all are there. */
export async function toldLater(
  { reader }: Pick<MemoryStore, "reader">,
  wanted: Wanted = {},
): Promise<readonly JobLine[]> {
  return toldFrom(reader, 0, wanted);
}

/** Those of each record, read when no later one had come; and the store. Requests are plain, a second apart. */
export async function toldLive(
  requests: readonly Buffer[],
  wanted: Wanted = {},
): Promise<{ readonly lines: readonly JobLine[]; readonly store: MemoryStore }> {
  const store = createMemoryStore();
  let now = 1_795_000_000_000_000_000n;
  const ingest = createIngest(store.writer, () => unixNano((now += 1_000_000_000n)));
  const lines: JobLine[] = [];
  for (const body of requests) {
    const { endLsn } = await store.reader.info();
    const outcome = await ingest({ body, codec: "identity", raw: body, format: "protobuf" });
    if (outcome.kind !== "accepted") throw new Error(outcome.kind);
    lines.push(...(await toldFrom(store.reader, endLsn, wanted)));
  }
  return { lines, store };
}

async function toldFrom(
  reader: MemoryStore["reader"],
  from: number,
  { kinds = new Set(["ended"]), filter = {} }: Wanted,
): Promise<readonly JobLine[]> {
  const lines = createNewsLines(reader, { kinds, filter });
  const told: JobLine[] = [];
  for await (const batch of reader.batches(from))
    for await (const line of linesOfBatch(lines.snapshot(), batch, lines)) told.push(line);
  return told;
}
