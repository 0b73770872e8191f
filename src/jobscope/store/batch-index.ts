/**
 * What one batch adds to the index, in the bytes that the store keeps: made straight from a scanned request, without an
 * object for each row, because this is the hot path and rows are most of what it makes.
 *
 * The parts are those of a live run (run-layout.ts).
 */
import type { SpanId, TraceId } from "../model/ids.js";
import type { JobRole, JobRow } from "../model/job-row.js";
import { unixNano } from "../model/time.js";
import { createGrowingBuffer, extend, gathered, type GrowingBuffer } from "./growing-buffer.js";
import {
  FACT_TEXTS,
  HOLDS_LOGS,
  ID_LENGTH_MAX,
  KEY_BYTES,
  ROLES,
  ROW,
  ROW_BYTES,
  STATUSES,
  TRACE_BYTES,
  TRACE_ID_BYTES,
} from "./run-layout.js";

/** Good until its builder begins another. */
export interface BatchIndex {
  readonly rowCount: number;
  readonly traceCount: number;
  readonly rows: Buffer;
  readonly traces: Buffer;
  readonly texts: Buffer;
  readonly facts: Buffer;
}

/** Where a span's own bytes stand, in bytes from the start of `bytes`; a time at 0 is absent and counts as 0. */
export interface SpanBytes {
  readonly bytes: Buffer;
  readonly traceIdAt: number;
  readonly spanIdAt: number;
  readonly startAt: number;
  readonly endAt: number;
  /** When the job of an attempt was put on its queue. */
  readonly enqueuedAt: number;
  /** OTLP `StatusCode`. */
  readonly statusCode: number;
}

export interface BatchIndexBuilder {
  begin(): void;
  /** The number of these facts, for `row`. `error`: the class of an attempt's error, or "". */
  facts(jobClass: string, queue: string, service: string, error: string): number;
  /** An id of more than 255 bytes is not indexed: returns false. */
  row(role: JobRole, jobId: string, otherId: string, facts: number, span: SpanBytes): boolean;
  /** 16 bytes at `at`. Each trace once. */
  trace(bytes: Buffer, at: number): void;
  /** Likewise, for a batch of logs: a trace that records are of, or a job that they name. */
  logs(bytes: Buffer, at: number): void;
  finish(): BatchIndex;
}

/** Longer than any class or queue name; the full one is in the span. Bytes. */
const FACT_BYTES_MAX = 1024;

export function createBatchIndexBuilder(): BatchIndexBuilder {
  const rows = createGrowingBuffer(64 * ROW_BYTES);
  const traces = createGrowingBuffer(64 * TRACE_BYTES);
  const texts = createGrowingBuffer(4096);
  const facts = createGrowingBuffer(4096);
  /** service → queue → class, and class of the error where there is one → place in `facts`. */
  const places = new Map<string, Map<string, Map<string, number>>>();

  return {
    begin() {
      for (const buffer of [rows, traces, texts, facts]) buffer.length = 0;
      places.clear();
    },
    facts(jobClass, queue, service, error) {
      const byClass = inner(inner(places, service), queue);
      const key = error === "" ? jobClass : `${jobClass}\n${error}`;
      const known = byClass.get(key);
      if (known !== undefined) return known;
      const at = facts.length;
      for (const text of [jobClass, queue, service, error]) appendFact(facts, text);
      byClass.set(key, at);
      return at;
    },
    row(role, jobId, otherId, factsAt, span) {
      const text = texts.length;
      const idLength = appendText(texts, jobId);
      if (idLength === 0) return false;
      const otherLength = otherId === "" ? 0 : appendText(texts, otherId);
      const at = extend(rows, ROW_BYTES);
      const row = rows.bytes;
      for (let i = 0; i < KEY_BYTES; i++)
        row[at + ROW.key + i] = i < idLength ? (texts.bytes[text + i] ?? 0) : 0;
      copyBytes(span.bytes, span.traceIdAt, row, at + ROW.traceId, TRACE_ID_BYTES);
      copyBytes(span.bytes, span.spanIdAt, row, at + ROW.spanId, 8);
      copyTime(span.bytes, span.startAt, row, at + ROW.start);
      copyTime(span.bytes, span.endAt, row, at + ROW.end);
      copyTime(span.bytes, span.enqueuedAt, row, at + ROW.enqueuedAt);
      row.writeUInt32LE(0, at + ROW.record);
      row.writeUInt32LE(text, at + ROW.text);
      row[at + ROW.idLength] = idLength;
      row[at + ROW.role] = ROLES.indexOf(role);
      row[at + ROW.status] = span.statusCode < STATUSES.length ? span.statusCode : 0;
      row[at + ROW.otherLength] = otherLength;
      row.writeUInt32LE(factsAt, at + ROW.facts);
      return true;
    },
    trace(bytes, at) {
      const to = extend(traces, TRACE_BYTES);
      copyBytes(bytes, at, traces.bytes, to, TRACE_ID_BYTES);
      traces.bytes.writeUInt32LE(0, to + TRACE_ID_BYTES);
    },
    logs(bytes, at) {
      const to = extend(traces, TRACE_BYTES);
      copyBytes(bytes, at, traces.bytes, to, TRACE_ID_BYTES);
      traces.bytes.writeUInt32LE(HOLDS_LOGS, to + TRACE_ID_BYTES);
    },
    finish: () => ({
      rowCount: rows.length / ROW_BYTES,
      traceCount: traces.length / TRACE_BYTES,
      rows: gathered(rows),
      traces: gathered(traces),
      texts: gathered(texts),
      facts: gathered(facts),
    }),
  };
}

/** The rows as objects, for who has few of them. */
export function rowsOf(index: BatchIndex): readonly JobRow[] {
  return Array.from({ length: index.rowCount }, (_, row) => {
    const bytes = index.rows.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES);
    const text = bytes.readUInt32LE(ROW.text);
    const facts = readFacts(index.facts, bytes.readUInt32LE(ROW.facts));
    return decodeRow(bytes, index.texts.subarray(text), facts);
  });
}

/** Of traces with spans in the batch. */
export function traceIdsOf(index: BatchIndex): readonly TraceId[] {
  return idsOf(index, 0);
}

/** What log records of the batch are found by. */
export function logIdsOf(index: BatchIndex): readonly TraceId[] {
  return idsOf(index, HOLDS_LOGS);
}

function idsOf({ traces, traceCount }: BatchIndex, record: number): readonly TraceId[] {
  return Array.from({ length: traceCount }, (_, at) => at * TRACE_BYTES)
    .filter((at) => traces.readUInt32LE(at + TRACE_ID_BYTES) === record)
    .map((at) => traces.toString("hex", at, at + TRACE_ID_BYTES) as TraceId);
}

export type RowFacts = Pick<JobRow, "jobClass" | "queue" | "service" | "error">;

/** `texts`: from the row's text on. */
export function decodeRow(row: Buffer, texts: Buffer, facts: RowFacts): JobRow {
  const idEnd = row.readUInt8(ROW.idLength);
  return {
    jobId: texts.toString("utf8", 0, idEnd),
    otherId: texts.toString("utf8", idEnd, idEnd + row.readUInt8(ROW.otherLength)),
    role: ROLES[row.readUInt8(ROW.role)] ?? "member",
    traceId: row.toString("hex", ROW.traceId, ROW.spanId) as TraceId,
    spanId: row.toString("hex", ROW.spanId, ROW.start) as SpanId,
    start: unixNano(row.readBigUInt64LE(ROW.start)),
    end: unixNano(row.readBigUInt64LE(ROW.end)),
    enqueuedAt: unixNano(row.readBigUInt64LE(ROW.enqueuedAt)),
    status: STATUSES[row.readUInt8(ROW.status)] ?? "unset",
    ...facts,
  };
}

/** Class, queue, service and class of the error, each a u16 length and the text. */
export function readFacts(bytes: Buffer, at: number): RowFacts {
  const texts: string[] = [];
  let offset = at;
  for (let i = 0; i < FACT_TEXTS; i++) {
    const length = bytes.readUInt16LE(offset);
    texts.push(bytes.toString("utf8", offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  const [jobClass = "", queue = "", service = "", error = ""] = texts;
  return { jobClass, queue, service, error };
}

/** Bytes that the facts at `at` take. */
export function factsLength(bytes: Buffer, at: number): number {
  let end = at;
  for (let i = 0; i < FACT_TEXTS; i++) end += 2 + bytes.readUInt16LE(end);
  return end - at;
}

function inner<K, V>(map: Map<K, Map<string, V>>, key: K): Map<string, V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, V>();
  map.set(key, made);
  return made;
}

/** Returns its length in bytes; 0, and nothing is appended, for a text that is empty or too long. */
function appendText(texts: GrowingBuffer, text: string): number {
  // Three bytes of UTF-8 are the most that one unit of a string takes.
  const at = extend(texts, text.length * 3);
  let length = 0;
  while (length < text.length && text.charCodeAt(length) < 0x80) {
    texts.bytes[at + length] = text.charCodeAt(length);
    length++;
  }
  // Ids are ASCII; one that is not goes the slow way.
  if (length < text.length) length = texts.bytes.write(text, at);
  const isKept = length <= ID_LENGTH_MAX;
  texts.length = isKept ? at + length : at;
  return isKept ? length : 0;
}

function appendFact(facts: GrowingBuffer, text: string): void {
  const bytes = Buffer.from(text).subarray(0, FACT_BYTES_MAX);
  const at = extend(facts, 2 + bytes.length);
  facts.bytes.writeUInt16LE(bytes.length, at);
  bytes.copy(facts.bytes, at + 2);
}

/** A loop: for so few bytes the way into the engine's copy costs more. */
function copyBytes(from: Buffer, fromAt: number, to: Buffer, toAt: number, count: number): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i] ?? 0;
}

function copyTime(from: Buffer, fromAt: number, to: Buffer, toAt: number): void {
  if (fromAt === 0) to.fill(0, toAt, toAt + 8);
  else copyBytes(from, fromAt, to, toAt, 8);
}
