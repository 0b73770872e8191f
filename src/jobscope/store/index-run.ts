/**
 * A run of the index: which jobs and traces are in a stretch of records, and where those records stand.
 *
 * The layout is written in docs/segment-format.md. This file makes runs, from what a commit added or by merging the
 * runs of a segment; `run-reader.ts` searches them.
 */
import { crc32 } from "node:zlib";
import type { BatchIndex, JobRole, JobRow } from "../model/job-row.js";
import type { StatusCode } from "../model/span.js";
import { type UnixNano, unixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";
import { createRunHeap, type RunHeap } from "./run-heap.js";

export const RUN_HEADER_BYTES = 96;
export const RECORD_ENTRY_BYTES = 8;
export const ROW_BYTES = 72;
export const TRACE_ENTRY_BYTES = 20;
export const KEY_BYTES = 8;

export const ROLES: readonly JobRole[] = [
  "enqueue",
  "attempt",
  "active_job_attempt",
  "active_job_enqueue",
  "alias",
  "member",
];
export const STATUSES: readonly StatusCode[] = ["unset", "ok", "error"];

const MAGIC = Buffer.from("JTR1");

/** A text in a run has a one-byte length. */
const TEXT_BYTES_MAX = 255;

export interface RunHeader {
  /** Of the whole run, header included. */
  readonly length: number;
  readonly bodyCrc: number;
  readonly firstLsn: Lsn;
  readonly endLsn: Lsn;
  /** Where in the log the last record covered ends. */
  readonly logEnd: number;
  readonly recordCount: number;
  readonly rowCount: number;
  readonly traceCount: number;
  readonly heapLength: number;
  readonly spanCount: number;
  readonly oldest: UnixNano;
  readonly newest: UnixNano;
}

/** One record on its way into a run. */
export interface IndexedRecord {
  readonly lsn: Lsn;
  readonly offset: number;
  readonly end: number;
  readonly receivedAt: UnixNano;
  readonly spanCount: number;
  readonly index: BatchIndex;
}

/** `records`: at least one, ascending by lsn. `storeId`: 16 bytes. */
export function encodeRun(records: readonly IndexedRecord[], storeId: Buffer): Buffer {
  const first = records[0];
  const last = records.at(-1);
  if (first === undefined || last === undefined)
    throw new RangeError("cannot make a run of no records");
  const heap = createRunHeap();
  const factsOf = createFacts(heap);
  const rows = records
    .flatMap(({ lsn, index }) =>
      index.rows.map((row) => ({ row, lsn, id: Buffer.from(row.jobId) })),
    )
    .filter(({ id }) => id.length <= TEXT_BYTES_MAX)
    .sort((a, b) => Buffer.compare(a.id, b.id) || a.lsn - b.lsn);
  const traces = records
    .flatMap(({ lsn, index }) => index.traceIds.map((traceId) => ({ traceId, lsn })))
    .sort((a, b) => (a.traceId < b.traceId ? -1 : a.traceId > b.traceId ? 1 : a.lsn - b.lsn));

  const recordPart = Buffer.alloc(records.length * RECORD_ENTRY_BYTES);
  for (const [i, { lsn, offset }] of records.entries()) {
    recordPart.writeUInt32LE(lsn - first.lsn, i * RECORD_ENTRY_BYTES);
    recordPart.writeUInt32LE(offset / 8, i * RECORD_ENTRY_BYTES + 4);
  }
  const rowPart = Buffer.alloc(rows.length * ROW_BYTES);
  for (const [i, { row, lsn, id }] of rows.entries()) {
    writeRow(rowPart.subarray(i * ROW_BYTES), row, id, lsn - first.lsn, heap, factsOf);
  }
  const tracePart = Buffer.alloc(traces.length * TRACE_ENTRY_BYTES);
  for (const [i, { traceId, lsn }] of traces.entries()) {
    tracePart.write(traceId, i * TRACE_ENTRY_BYTES, "hex");
    tracePart.writeUInt32LE(lsn - first.lsn, i * TRACE_ENTRY_BYTES + 16);
  }
  return assembleRun(
    {
      firstLsn: first.lsn,
      endLsn: last.lsn + 1,
      logEnd: last.end,
      recordCount: records.length,
      rowCount: rows.length,
      traceCount: traces.length,
      spanCount: records.reduce((sum, { spanCount }) => sum + spanCount, 0),
      oldest: first.receivedAt,
      newest: last.receivedAt,
    },
    [recordPart, rowPart, tracePart, heap.bytes()],
    storeId,
  );
}

export function assembleRun(
  header: Omit<RunHeader, "length" | "bodyCrc" | "heapLength">,
  parts: readonly Buffer[],
  storeId: Buffer,
): Buffer {
  const body = Buffer.concat(parts);
  const bytes = Buffer.alloc(RUN_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(RUN_HEADER_BYTES + body.length, 8);
  bytes.writeUInt32LE(crc32(body), 12);
  bytes.writeBigUInt64LE(BigInt(header.firstLsn), 16);
  bytes.writeBigUInt64LE(BigInt(header.endLsn), 24);
  bytes.writeBigUInt64LE(BigInt(header.logEnd), 32);
  bytes.writeUInt32LE(header.recordCount, 40);
  bytes.writeUInt32LE(header.rowCount, 44);
  bytes.writeUInt32LE(header.traceCount, 48);
  bytes.writeUInt32LE(parts.at(-1)?.length ?? 0, 52);
  bytes.writeBigUInt64LE(BigInt(header.spanCount), 56);
  bytes.writeBigUInt64LE(header.oldest, 64);
  bytes.writeBigUInt64LE(header.newest, 72);
  storeId.copy(bytes, 80);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return Buffer.concat([bytes, body]);
}

/** undefined: not a run of this store, or cut short; the log is read instead. */
export function readRunHeader(bytes: Buffer, storeId: Buffer): RunHeader | undefined {
  if (bytes.length < RUN_HEADER_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) return undefined;
  const header = bytes.subarray(0, RUN_HEADER_BYTES);
  if (crc32(header.subarray(8)) !== header.readUInt32LE(4)) return undefined;
  if (!header.subarray(80, 96).equals(storeId)) return undefined;
  return {
    length: header.readUInt32LE(8),
    bodyCrc: header.readUInt32LE(12),
    firstLsn: Number(header.readBigUInt64LE(16)),
    endLsn: Number(header.readBigUInt64LE(24)),
    logEnd: Number(header.readBigUInt64LE(32)),
    recordCount: header.readUInt32LE(40),
    rowCount: header.readUInt32LE(44),
    traceCount: header.readUInt32LE(48),
    heapLength: header.readUInt32LE(52),
    spanCount: Number(header.readBigUInt64LE(56)),
    oldest: unixNano(header.readBigUInt64LE(64)),
    newest: unixNano(header.readBigUInt64LE(72)),
  };
}

/** A batch has few classes and many rows, so the bytes of their facts are made once for each class. */
function createFacts(heap: RunHeap): (row: JobRow) => number {
  const offsets = new Map<string, number>();
  return ({ jobClass, queue, service }) => {
    const key = `${jobClass}\0${queue}\0${service}`;
    const known = offsets.get(key);
    if (known !== undefined) return known;
    const offset = heap.place("facts", Buffer.concat([jobClass, queue, service].map(factBytes)));
    offsets.set(key, offset);
    return offset;
  };
}

function writeRow(
  at: Buffer,
  row: JobRow,
  id: Buffer,
  lsn: number,
  heap: RunHeap,
  factsOf: (row: JobRow) => number,
): void {
  id.copy(at, 0, 0, KEY_BYTES);
  at.writeUInt32LE(heap.place("text", id), 8);
  at.writeUInt8(id.length, 12);
  at.writeUInt8(ROLES.indexOf(row.role), 13);
  at.writeUInt8(STATUSES.indexOf(row.status), 14);
  const otherLength = Buffer.byteLength(row.otherId);
  at.writeUInt8(otherLength > TEXT_BYTES_MAX ? 0 : otherLength, 15);
  at.write(row.traceId, 16, "hex");
  at.write(row.spanId, 32, "hex");
  at.writeBigUInt64LE(row.start, 40);
  at.writeBigUInt64LE(row.end, 48);
  at.writeUInt32LE(lsn, 56);
  at.writeUInt32LE(factsOf(row), 60);
  at.writeUInt32LE(heap.place("text", Buffer.from(row.otherId)), 64);
}

/** Longer than any class or queue name; the full one is in the span. */
const FACT_BYTES_MAX = 1024;

/** A text with a u16 length before it. */
function factBytes(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, FACT_BYTES_MAX);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
