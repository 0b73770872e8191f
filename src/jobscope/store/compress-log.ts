/**
 * Writes a closed log anew with the bodies that came plain compressed: the same records under the same lsns, everything
 * else as it was. The new file stands beside the old one until it is published.
 */
import { closeSync, fstatSync, fsyncSync, rmSync, writeSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import type { IncomingBatch, Lsn } from "./job-store.js";
import { CREATE_EMPTY, openFile, READ } from "./open-file.js";
import { readOpen } from "./read-file.js";
import {
  finishRecordHeader,
  type LogRecord,
  RECORD_HEADER_BYTES,
  recordBytes,
  writeRecordHeader,
} from "./record.js";
import type { MovedRecords } from "./seal-runs.js";
import {
  encodeSegmentHeader,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from "./segment.js";
import { logFile, type StoreFolder } from "./store-folder.js";
import { type LogPart, walkLogFile } from "./walk-log-file.js";

export interface CompressedLog extends MovedRecords {
  /** Where it stands until it is renamed over the log. */
  readonly temporary: string;
}

/**
 * Measured on recorded batches: 49 B/span at 1.1 µs/span, where gzip's fastest gives 55 at 2 µs. One step up gives 43 at
 * 1.8 µs.
 */
const QUALITY = 1;

/** A smaller body does not repay its own decompression. Bytes. */
const BODY_BYTES_MIN = 256;

/**
 * undefined: there is nothing to gain, or the log is damaged: a damaged file stays as it is, because what cannot be read
 * today would be gone for good.
 */
export function compressLog(folder: StoreFolder, firstLsn: Lsn): CompressedLog | undefined {
  const file = logFile(folder.path, firstLsn);
  const log = openFile(file, READ);
  try {
    const read = readSegmentHeader(readOpen(log, 0, SEGMENT_HEADER_BYTES));
    if (read.kind !== "header" || read.header.generation !== 0) return undefined;
    const { size } = fstatSync(log);
    // One record in memory at a time: a log is 64 MB, and a collector is to stay small.
    const parts = (): Iterable<LogPart> => walkLogFile(log, firstLsn, size);
    return hasPlain(parts()) ? writeCompressed(`${file}.tmp`, read.header, parts()) : undefined;
  } finally {
    closeSync(log);
  }
}

function hasPlain(parts: Iterable<LogPart>): boolean {
  for (const part of parts) if (part.kind === "record" && isPlain(part.record)) return true;
  return false;
}

function writeCompressed(
  temporary: string,
  header: SegmentHeader,
  parts: Iterable<LogPart>,
): CompressedLog | undefined {
  const generation = header.generation + 1;
  const fd = openFile(temporary, CREATE_EMPTY);
  let isWhole = false;
  try {
    const offsets: number[] = [];
    let logEnd = writeSync(fd, encodeSegmentHeader({ ...header, generation }));
    for (const part of parts) {
      const record = part.kind === "record" && part.record;
      if (record === false || !isKnown(record)) return undefined;
      offsets.push(logEnd);
      logEnd += writeWhole(fd, encodeRecord(isPlain(record) ? compressed(record) : record));
    }
    fsyncSync(fd);
    isWhole = true;
    return { temporary, generation, offsets, logEnd };
  } finally {
    closeSync(fd);
    if (!isWhole) rmSync(temporary, { force: true });
  }
}

/** A record of a later version cannot be written anew: what its header may hold is not known. */
function isKnown(record: LogRecord): record is KnownRecord {
  return record.signal !== "unknown";
}

type KnownRecord = LogRecord & Pick<IncomingBatch, "signal">;

function isPlain({ codec, body }: LogRecord): boolean {
  return codec === "identity" && body.length >= BODY_BYTES_MIN;
}

function compressed(record: KnownRecord): KnownRecord {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: record.body.length,
  };
  const body = brotliCompressSync(record.body, { params });
  return body.length < record.body.length ? { ...record, codec: "brotli", body } : record;
}

function encodeRecord(record: KnownRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes(record.body.length));
  writeRecordHeader(bytes, 0, record);
  bytes.set(record.body, RECORD_HEADER_BYTES);
  finishRecordHeader(bytes, 0, record.lsn);
  return bytes;
}

function writeWhole(fd: number, bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
  return written;
}
