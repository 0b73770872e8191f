/**
 * Reads and makes the index beside a segment: its runs as far as they can be trusted, and new runs for the records
 * they do not cover yet.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { crc32, gunzipSync } from "node:zlib";
import { encodeRun, readRunHeader, RUN_HEADER_BYTES } from "./index-run.js";
import type { IndexBatch, Lsn } from "./job-store.js";
import { mergeRuns, type RunBytes } from "./merge-runs.js";
import { type LogRecord, recordBytes } from "./record.js";
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type Walk,
  type WalkedRecord,
  walkRecords,
} from "./segment.js";
import {
  FILE_MODE,
  liveIndexFile,
  logFile,
  sealedIndexFile,
  type StoreFolder,
} from "./store-folder.js";

/** Records in one run that is made while reading or recovering; as many as a commit may hold. */
const RECORDS_PER_RUN = 256;

/** The runs that stand whole at the beginning of `bytes`, each continuing where the one before ended. */
export function readRuns(bytes: Buffer, folder: StoreFolder, firstLsn: Lsn): readonly RunBytes[] {
  const runs: RunBytes[] = [];
  let at = 0;
  let lsn = firstLsn;
  for (;;) {
    const header = readRunHeader(bytes.subarray(at), folder.storeId);
    if (header === undefined || header.firstLsn < lsn || at + header.length > bytes.length)
      return runs;
    const run = bytes.subarray(at, at + header.length);
    if (crc32(run.subarray(RUN_HEADER_BYTES)) !== header.bodyCrc) return runs;
    runs.push({ header, bytes: run });
    at += header.length;
    lsn = header.endLsn;
  }
}

/** The live index of a segment; empty where there is none. */
export function readLiveRuns(folder: StoreFolder, firstLsn: Lsn): readonly RunBytes[] {
  const file = liveIndexFile(folder.path, firstLsn);
  return existsSync(file) ? readRuns(readFileSync(file), folder, firstLsn) : [];
}

/** Where the runs' knowledge of the log ends. */
export function coverage(
  runs: readonly RunBytes[],
  firstLsn: Lsn,
): { readonly lsn: Lsn; readonly offset: number } {
  const last = runs.at(-1)?.header;
  return last === undefined
    ? { lsn: firstLsn, offset: SEGMENT_HEADER_BYTES }
    : { lsn: last.endLsn, offset: last.logEnd };
}

/** The records of a log file from `offset` on. An offset behind the end of the file gives none. */
export function walkLog(file: string, offset: number, fromLsn: Lsn): Walk {
  const bytes = readFrom(file, offset);
  return walkRecords(bytes, offset, fromLsn);
}

/** Runs over these records, indexed by `indexBatch`. */
export function runsOver(
  records: readonly WalkedRecord[],
  indexBatch: IndexBatch,
  folder: StoreFolder,
): readonly RunBytes[] {
  const runs: RunBytes[] = [];
  for (let at = 0; at < records.length; at += RECORDS_PER_RUN) {
    const part = records.slice(at, at + RECORDS_PER_RUN).map(({ record, offset }) => ({
      lsn: record.lsn,
      offset,
      end: offset + recordBytes(record.body.length),
      receivedAt: record.receivedAt,
      spanCount: record.spanCount,
      index: indexBatch(inflate(record)),
    }));
    const bytes = encodeRun(part, folder.storeId);
    const header = readRunHeader(bytes, folder.storeId);
    if (header !== undefined) runs.push({ header, bytes });
  }
  return runs;
}

/**
 * Writes a closed segment's index as one run and deletes its live index. Runs that are missing are made from the log
 * with `indexBatch`. Returns false for a segment without records.
 */
export function sealIndex(folder: StoreFolder, firstLsn: Lsn, indexBatch: IndexBatch): boolean {
  const live = readLiveRuns(folder, firstLsn);
  const covered = coverage(live, firstLsn);
  const log = logFile(folder.path, firstLsn);
  const { records } = walkLog(log, covered.offset, covered.lsn);
  const runs = [...live, ...runsOver(records, indexBatch, folder)];
  if (runs.length === 0) return false;
  const sealed = sealedIndexFile(folder.path, firstLsn);
  const temporary = `${sealed}.tmp`;
  writeFileSync(temporary, mergeRuns(runs, folder.storeId), { mode: FILE_MODE, flush: true });
  renameSync(temporary, sealed);
  rmSync(liveIndexFile(folder.path, firstLsn), { force: true });
  return true;
}

/** Bytes that a decompression may give: far above any request the receiver takes, so more is damage. */
const RAW_BYTES_MAX = 256 * 1024 * 1024;

export function inflate({ codec, body }: Pick<LogRecord, "codec" | "body">): Uint8Array {
  return codec === "gzip" ? gunzipSync(body, { maxOutputLength: RAW_BYTES_MAX }) : body;
}

export function readHeaderOf(file: string): ReturnType<typeof readSegmentHeader> {
  return readSegmentHeader(readFrom(file, 0, SEGMENT_HEADER_BYTES));
}

/** The bytes of a file from `offset` on, at most `lengthMax`. */
export function readFrom(
  file: string,
  offset: number,
  lengthMax = Number.MAX_SAFE_INTEGER,
): Buffer {
  const fd = openSync(file, "r");
  try {
    const length = Math.min(lengthMax, Math.max(0, fstatSync(fd).size - offset));
    const bytes = Buffer.allocUnsafe(length);
    let have = 0;
    while (have < length) {
      const read = readSync(fd, bytes, have, length - have, offset + have);
      if (read === 0) break;
      have += read;
    }
    return bytes.subarray(0, have);
  } finally {
    closeSync(fd);
  }
}
