/** Batches for store tests. The body is JSON of its own index, so that the store can be rebuilt without knowing OTLP. */
import { gzipSync } from "node:zlib";
import type { SpanId, TraceId } from "../../../src/jobscope/model/ids.js";
import type { BatchIndex, JobRow } from "../../../src/jobscope/model/job-row.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import type { IncomingBatch } from "../../../src/jobscope/store/job-store.js";

/** What the tests' bodies hold. */
interface TestBody {
  readonly jobIds: readonly string[];
  readonly traceIds: readonly string[];
  readonly filler: string;
}

/** The `IndexBatch` of these tests. */
export function indexTestBatch(raw: Uint8Array): BatchIndex {
  const { jobIds, traceIds } = JSON.parse(Buffer.from(raw).toString()) as TestBody;
  return { rows: jobIds.map(rowOf), traceIds: traceIds as TraceId[] };
}

/** Every field differs by id, so that a mix-up shows. */
export function rowOf(jobId: string): JobRow {
  const number = BigInt(jobId.length) * 1000n + BigInt(jobId.codePointAt(0) ?? 0);
  return {
    jobId,
    otherId: jobId.length % 2 === 0 ? `other-${jobId}` : "",
    role: jobId.length % 2 === 0 ? "attempt" : "enqueue",
    traceId: traceIdOf(jobId),
    spanId: traceIdOf(jobId).slice(0, 16) as SpanId,
    start: unixNano(1_700_000_000_000_000_000n + number),
    end: unixNano(1_700_000_000_000_000_001n + number),
    status: jobId.length % 3 === 0 ? "error" : "unset",
    jobClass: `Class::Of${jobId.length}`,
    queue: "dèfault",
    service: "",
  };
}

/** Not a hash worth the name, but different for different texts. */
export function traceIdOf(text: string): TraceId {
  return Buffer.from(text.padEnd(16, "~").slice(-16), "latin1").toString("hex") as TraceId;
}

export interface BatchOptions {
  readonly traceIds?: readonly string[];
  readonly fillerBytes?: number;
  readonly gzip?: boolean;
  /** Seconds after some beginning. */
  readonly receivedAt?: number;
}

export function batchOf(jobIds: readonly string[], options: BatchOptions = {}): IncomingBatch {
  const {
    traceIds = jobIds.map(traceIdOf),
    fillerBytes = 0,
    gzip = false,
    receivedAt = 0,
  } = options;
  const raw = Buffer.from(
    JSON.stringify({ jobIds, traceIds, filler: "x".repeat(fillerBytes) } satisfies TestBody),
  );
  return {
    body: gzip ? gzipSync(raw) : raw,
    codec: gzip ? "gzip" : "identity",
    rawBytes: raw.length,
    receivedAt: unixNano(1_800_000_000_000_000_000n + BigInt(receivedAt) * 1_000_000_000n),
    spanCount: jobIds.length,
    index: indexTestBatch(raw),
  };
}
