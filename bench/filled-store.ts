/** Stores of a given size in the recorded shape, made by the writer itself, for benchmarks that read. */
import { gzipSync } from "node:zlib";
import { type UnixNano, unixNano } from "../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../src/jobscope/store/file-store-writer.js";
import { indexBatch } from "../src/processor/batch-index.js";
import { showProgress } from "./progress.js";
import type { BatchMaker } from "./recorded-batch.js";

export interface FilledStore {
  readonly spanCount: number;
  readonly jobCount: number;
  /** Picked evenly over the store. */
  readonly jids: readonly string[];
}

export interface FillOptions {
  readonly spansMin: number;
  /** As senders send them. */
  readonly codec: "gzip" | "identity";
  /** Whether bodies that came plain are compressed when their segment is closed. */
  readonly compress: boolean;
}

/** Every so many jobs one is kept in `jids`. */
const SAMPLE_EVERY = 10;

/** Batches that wait for the writer at once. */
const AT_ONCE = 16;

export async function fillStore(
  folder: string,
  makeBatch: BatchMaker,
  { spansMin, codec, compress }: FillOptions,
): Promise<FilledStore> {
  const durability = { kind: "none" } as const;
  const writer = openFileStoreWriter(folder, { indexBatch, now, durability, compress });
  const jids: string[] = [];
  let spanCount = 0;
  let jobCount = 0;
  let pending: Promise<unknown>[] = [];
  while (spanCount < spansMin) {
    const batch = makeBatch();
    // The senders' default level, so that sizes are theirs.
    const body = codec === "gzip" ? gzipSync(batch.raw) : batch.raw;
    const index = indexBatch(batch.raw, "traces");
    const facts = {
      signal: "traces",
      logCount: 0,
      codec,
      rawBytes: batch.raw.length,
      receivedAt: now(),
      index,
    } as const;
    pending.push(writer.append({ body, spanCount: batch.spanCount, ...facts }));
    spanCount += batch.spanCount;
    for (const jid of batch.jids) if (jobCount++ % SAMPLE_EVERY === 0) jids.push(jid);
    showProgress("filling a store", spanCount, spansMin);
    if (pending.length < AT_ONCE) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
  await writer.close();
  return { spanCount, jobCount, jids };
}

function now(): UnixNano {
  return unixNano(BigInt(Date.now()) * 1_000_000n);
}
