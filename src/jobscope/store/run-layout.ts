/**
 * The bytes of a run: one piece of the index, over a stretch of records. docs/segment-format.md has the layout; this file
 * has its numbers, and the header's way in and out. A live run covers one record and keeps rows as they came; a sealed
 * run covers a segment and has its rows in order as well.
 */
import { crc32 } from "node:zlib";
import type { JobRole } from "../model/job-row.js";
import type { StatusCode } from "../model/span.js";
import { type UnixNano, unixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";

export const RUN_HEADER_BYTES = 128;

/** u32 lsn less the run's first, u32 offset in the log ÷ 8. */
export const RECORD_ENTRY_BYTES = 8;

export const ROW_BYTES = 72;
/** Where the fields of a row stand in it. */
export const ROW = {
  /** The first 8 bytes of the job id, zeros after a shorter one. */
  key: 0,
  traceId: 8,
  spanId: 24,
  start: 32,
  end: 40,
  record: 48,
  /** In the texts: the job id, and behind it the other id. */
  text: 52,
  idLength: 56,
  role: 57,
  status: 58,
  otherLength: 59,
  facts: 60,
  /** Of an attempt; 0 where the worker does not tell. */
  enqueuedAt: 64,
} as const;

export const KEY_BYTES = 8;

/** 16 bytes of trace id, u32 record with {@link HOLDS_LOGS}. */
export const TRACE_BYTES = 20;
export const TRACE_ID_BYTES = 16;
/** In the record of a trace: the record holds log records of the trace, not spans. */
export const HOLDS_LOGS = 0x8000_0000;

/** Of a sealed run's rows by job id: the row's key, u32 row. */
export const ID_BYTES = 12;

/** Of a sealed run's jobs, in columns: u64 latest, u32 facts, u32 first place among the ids, u8 marks. */
export const JOB_COLUMNS = { latest: 8, facts: 4, id: 4, marks: 1 } as const;

/** Texts of one entry of the facts: class, queue, service, class of the error. */
export const FACT_TEXTS = 4;

/** Of a job id or its other id: both have a one-byte length. */
export const ID_LENGTH_MAX = 255;

export const ROLES: readonly JobRole[] = [
  "enqueue",
  "attempt",
  "active_job_attempt",
  "active_job_enqueue",
  "alias",
  "member",
  "start",
  "outside",
];
export const STATUSES: readonly StatusCode[] = ["unset", "ok", "error"];

const MAGIC = Buffer.from("JTR4");
/** Of layouts before this one: such a run is as good as none, and is made again from the log. */
const OLDER_MAGICS = ["JTR1", "JTR2", "JTR3"];
const STORE_ID_AT = 112;

export interface RunHeader {
  readonly kind: "live" | "sealed";
  /** Of the whole run, header included. Bytes. */
  readonly length: number;
  /** Live: of everything behind the header. Sealed: of the page table at its end. */
  readonly crc: number;
  readonly firstLsn: Lsn;
  /** One past the last lsn covered. */
  readonly endLsn: Lsn;
  /** Where in the log the last record covered ends. */
  readonly logEnd: number;
  /** How often the log was written anew: an index of another generation has other offsets. */
  readonly generation: number;
  readonly spanCount: number;
  readonly logCount: number;
  /** Times of receipt. */
  readonly oldest: UnixNano;
  readonly newest: UnixNano;
  readonly recordCount: number;
  readonly rowCount: number;
  readonly traceCount: number;
  readonly jobCount: number;
  readonly textBytes: number;
  readonly factBytes: number;
  readonly bloomBytes: number;
  /** Of a part of the open segment's index: where in the live index the runs end that it was made of. Bytes; else 0. */
  readonly liveEnd: number;
}

/** A run as it stands in memory. */
export interface RunBytes {
  readonly header: RunHeader;
  readonly bytes: Buffer;
}

const KINDS = ["live", "sealed"] as const;

export function writeRunHeader(bytes: Buffer, header: RunHeader, storeId: Buffer): void {
  bytes.fill(0, 0, RUN_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(header.length, 8);
  bytes.writeUInt32LE(header.crc, 12);
  writeSafeInteger(bytes, header.firstLsn, 16);
  writeSafeInteger(bytes, header.endLsn, 24);
  writeSafeInteger(bytes, header.logEnd, 32);
  writeSafeInteger(bytes, header.spanCount, 40);
  bytes.writeBigUInt64LE(header.oldest, 48);
  bytes.writeBigUInt64LE(header.newest, 56);
  bytes.writeUInt32LE(header.recordCount, 64);
  bytes.writeUInt32LE(header.rowCount, 68);
  bytes.writeUInt32LE(header.traceCount, 72);
  bytes.writeUInt32LE(header.jobCount, 76);
  bytes.writeUInt32LE(header.textBytes, 80);
  bytes.writeUInt32LE(header.factBytes, 84);
  bytes.writeUInt32LE(header.bloomBytes, 88);
  bytes.writeUInt8(KINDS.indexOf(header.kind), 92);
  bytes.writeUInt8(header.generation, 93);
  writeSafeInteger(bytes, header.liveEnd, 96);
  writeSafeInteger(bytes, header.logCount, 104);
  storeId.copy(bytes, STORE_ID_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(8, RUN_HEADER_BYTES)), 4);
}

export function isOlderRun(bytes: Buffer): boolean {
  return OLDER_MAGICS.includes(bytes.toString("latin1", 0, MAGIC.length));
}

/** undefined: not a run of this store, or cut short; the log is read instead. */
export function readRunHeader(bytes: Buffer, storeId: Buffer): RunHeader | undefined {
  if (bytes.length < RUN_HEADER_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(8, RUN_HEADER_BYTES)) !== bytes.readUInt32LE(4)) return undefined;
  if (!bytes.subarray(STORE_ID_AT, STORE_ID_AT + 16).equals(storeId)) return undefined;
  const kind = KINDS[bytes.readUInt8(92)];
  if (kind === undefined) return undefined;
  return {
    kind,
    length: bytes.readUInt32LE(8),
    crc: bytes.readUInt32LE(12),
    firstLsn: Number(bytes.readBigUInt64LE(16)),
    endLsn: Number(bytes.readBigUInt64LE(24)),
    logEnd: Number(bytes.readBigUInt64LE(32)),
    spanCount: Number(bytes.readBigUInt64LE(40)),
    oldest: unixNano(bytes.readBigUInt64LE(48)),
    newest: unixNano(bytes.readBigUInt64LE(56)),
    recordCount: bytes.readUInt32LE(64),
    rowCount: bytes.readUInt32LE(68),
    traceCount: bytes.readUInt32LE(72),
    jobCount: bytes.readUInt32LE(76),
    textBytes: bytes.readUInt32LE(80),
    factBytes: bytes.readUInt32LE(84),
    bloomBytes: bytes.readUInt32LE(88),
    generation: bytes.readUInt8(93),
    liveEnd: Number(bytes.readBigUInt64LE(96)),
    logCount: Number(bytes.readBigUInt64LE(104)),
  };
}

/** Without a BigInt, which would be the only garbage of an append. */
function writeSafeInteger(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, at);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

/** Where each section of a run begins, in bytes from the start of the run. */
export interface RunSections {
  readonly records: number;
  readonly rows: number;
  readonly traces: number;
  readonly texts: number;
  readonly facts: number;
  /** The rest is in sealed runs only. */
  readonly ids: number;
  readonly jobLatest: number;
  readonly jobFacts: number;
  readonly jobId: number;
  readonly jobMarks: number;
  readonly bloom: number;
  /** The page table, or the end of a live run. */
  readonly end: number;
}

export function sectionsOf(
  header: Pick<
    RunHeader,
    | "kind"
    | "recordCount"
    | "rowCount"
    | "traceCount"
    | "jobCount"
    | "textBytes"
    | "factBytes"
    | "bloomBytes"
  >,
): RunSections {
  const { jobCount } = header;
  const records = RUN_HEADER_BYTES;
  const rows = records + header.recordCount * RECORD_ENTRY_BYTES;
  const traces = rows + header.rowCount * ROW_BYTES;
  const texts = traces + header.traceCount * TRACE_BYTES;
  const facts = texts + header.textBytes;
  const ids = facts + header.factBytes;
  const jobLatest = ids + (header.kind === "sealed" ? header.rowCount * ID_BYTES : 0);
  const jobFacts = jobLatest + jobCount * JOB_COLUMNS.latest;
  const jobId = jobFacts + jobCount * JOB_COLUMNS.facts;
  const jobMarks = jobId + jobCount * JOB_COLUMNS.id;
  const bloom = jobMarks + jobCount * JOB_COLUMNS.marks;
  const end = bloom + header.bloomBytes;
  return {
    records,
    rows,
    traces,
    texts,
    facts,
    ids,
    jobLatest,
    jobFacts,
    jobId,
    jobMarks,
    bloom,
    end,
  };
}
