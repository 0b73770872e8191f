/** Batches for store tests. The body is JSON of its own index, so that the store can be rebuilt without knowing OTLP. */
import { gzipSync } from "node:zlib";
import type { SpanId, TraceId } from "../../../src/jobscope/model/ids.js";
import type { JobRow } from "../../../src/jobscope/model/job-row.js";
import { unixNano } from "../../../src/jobscope/model/time.js";
import {
  type BatchIndex,
  createBatchIndexBuilder,
  type SpanBytes,
} from "../../../src/jobscope/store/batch-index.js";
import type { BatchSignal, IncomingBatch } from "../../../src/jobscope/store/job-store.js";

/** What the tests' bodies hold. */
interface TestBody {
  readonly jobIds: readonly string[];
  readonly traceIds: readonly string[];
  readonly filler: string;
  /** What log records are found by. */
  readonly logIds?: readonly string[];
  /** Rows that are not those of `rowOf`; times as text. */
  readonly rows?: readonly (Omit<JobRow, "start" | "end" | "enqueuedAt"> &
    Record<"start" | "end" | "enqueuedAt", string>)[];
}

const BODY_BEGIN = "{".charCodeAt(0);

/** The `IndexBatch` of these tests. Bytes that are no test body have nothing to be found by. */
export function indexTestBatch(raw: Uint8Array, signal: BatchSignal = "traces"): BatchIndex {
  if (raw[0] !== BODY_BEGIN || signal === "unknown") return indexOf([], [], []);
  const {
    jobIds,
    traceIds,
    logIds,
    rows = [],
  } = JSON.parse(Buffer.from(raw).toString()) as TestBody;
  if (signal === "logs") return indexOf([], [], (logIds ?? []) as TraceId[]);
  const given = rows.map((row) => ({
    ...row,
    start: unixNano(BigInt(row.start)),
    end: unixNano(BigInt(row.end)),
    enqueuedAt: unixNano(BigInt(row.enqueuedAt)),
  }));
  return indexOf([...jobIds.map(rowOf), ...given], traceIds as TraceId[], []);
}

/** Each is its own, however many are made. */
function indexOf(
  rows: readonly JobRow[],
  traceIds: readonly TraceId[],
  logIds: readonly TraceId[],
): BatchIndex {
  const builder = createBatchIndexBuilder();
  builder.begin();
  for (const row of rows) {
    const facts = builder.facts(row.jobClass, row.queue, row.service, row.error);
    builder.row(row.role, row.jobId, row.otherId, facts, spanBytes(row));
  }
  for (const id of traceIds) builder.trace(Buffer.from(id, "hex"), 0);
  for (const id of logIds) builder.logs(Buffer.from(id, "hex"), 0);
  return builder.finish();
}

/** As they would stand in a request; nothing stands at 0 there. */
function spanBytes({ traceId, spanId, start, end, enqueuedAt, status }: JobRow): SpanBytes {
  const bytes = Buffer.alloc(56);
  bytes.write(traceId, 8, "hex");
  bytes.write(spanId, 24, "hex");
  bytes.writeBigUInt64LE(start, 32);
  bytes.writeBigUInt64LE(end, 40);
  bytes.writeBigUInt64LE(enqueuedAt, 48);
  const statusCode = ["unset", "ok", "error"].indexOf(status);
  const times = { startAt: 32, endAt: 40, enqueuedAt: 48 };
  return { bytes, traceIdAt: 8, spanIdAt: 24, ...times, statusCode };
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
    enqueuedAt: unixNano(1_699_999_999_000_000_000n + number),
    status: jobId.length % 3 === 0 ? "error" : "unset",
    error: jobId.length % 3 === 0 ? "Net::ReadTimeout" : "",
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
  readonly rows?: readonly JobRow[];
  /** Seconds after some beginning. */
  readonly receivedAt?: number;
}

export function batchOf(jobIds: readonly string[], options: BatchOptions = {}): IncomingBatch {
  const {
    traceIds = jobIds.map(traceIdOf),
    fillerBytes = 0,
    gzip = false,
    rows = [],
    receivedAt = 0,
  } = options;
  const body: TestBody = {
    jobIds,
    traceIds,
    filler: "x".repeat(fillerBytes),
    rows: rows.map((row) => ({
      ...row,
      start: String(row.start),
      end: String(row.end),
      enqueuedAt: String(row.enqueuedAt),
    })),
  };
  const raw = Buffer.from(JSON.stringify(body));
  return {
    body: gzip ? gzipSync(raw) : raw,
    codec: gzip ? "gzip" : "identity",
    rawBytes: raw.length,
    receivedAt: unixNano(1_800_000_000_000_000_000n + BigInt(receivedAt) * 1_000_000_000n),
    signal: "traces",
    spanCount: jobIds.length,
    logCount: 0,
    index: indexTestBatch(raw),
  };
}

/** Log records that are found by these, one for each. */
export function logsOf(
  logIds: readonly TraceId[],
  { fillerBytes = 0 }: Pick<BatchOptions, "fillerBytes"> = {},
): IncomingBatch {
  const filler = "x".repeat(fillerBytes);
  const raw = Buffer.from(JSON.stringify({ jobIds: [], traceIds: [], logIds, filler }));
  const index = indexTestBatch(raw, "logs");
  const counts = { spanCount: 0, logCount: logIds.length };
  return { ...batchOf([]), signal: "logs", body: raw, rawBytes: raw.length, ...counts, index };
}
