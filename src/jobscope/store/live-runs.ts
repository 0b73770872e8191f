/** The runs of a segment whose index is not sealed: those in its live index, and those made of records behind it. */
import { appendFileSync, existsSync, statSync, truncateSync } from "node:fs";
import { crc32 } from "node:zlib";
import { createGrowingBuffer, gathered } from "./growing-buffer.js";
import { inflate } from "./inflate.js";
import type { IndexBatch, Lsn } from "./job-store.js";
import { appendRun, finishRun } from "./live-run.js";
import { readFrom } from "./read-file.js";
import { recordBytes } from "./record.js";
import { readRunHeader, RUN_HEADER_BYTES, type RunBytes } from "./run-layout.js";
import {
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  type Walk,
  type WalkedRecord,
  walkRecords,
} from "./segment.js";
import { FILE_MODE, liveIndexFile, type StoreFolder } from "./store-folder.js";

/** The runs that stand whole at the beginning of `bytes`, each continuing where the one before ended, the first at `begin`. */
function readRuns(
  bytes: Buffer,
  folder: StoreFolder,
  log: SegmentHeader,
  begin: LogPlace,
): readonly RunBytes[] {
  const runs: RunBytes[] = [];
  let at = 0;
  let { lsn, offset } = begin;
  for (;;) {
    const header = readRunHeader(bytes.subarray(at), folder.storeId);
    if (header === undefined || header.kind !== "live" || at + header.length > bytes.length)
      return runs;
    if (header.generation !== log.generation) return runs;
    if (header.firstLsn < lsn || header.logEnd <= offset) return runs;
    const run = bytes.subarray(at, at + header.length);
    if (crc32(run.subarray(RUN_HEADER_BYTES)) !== header.crc) return runs;
    runs.push({ header, bytes: run });
    at += header.length;
    lsn = header.endLsn;
    offset = header.logEnd;
  }
}

/** The live index of a segment; empty where there is none that fits its log. */
export function readLiveRuns(folder: StoreFolder, log: SegmentHeader): readonly RunBytes[] {
  return readLiveRunsFrom(folder, log, { ...segmentBegin(log.firstLsn), liveEnd: 0 });
}

/** The same from byte `liveEnd` of it on, where the run of the record at this place begins. */
export function readLiveRunsFrom(
  folder: StoreFolder,
  log: SegmentHeader,
  begin: LogPlace & { readonly liveEnd: number },
): readonly RunBytes[] {
  const file = liveIndexFile(folder.path, log.firstLsn);
  return existsSync(file) ? readRuns(readFrom(file, begin.liveEnd), folder, log, begin) : [];
}

/** Makes the live index hold `runs`, of which those up to `have` bytes are in it already, and nothing else. */
export function writeLiveRuns(
  folder: StoreFolder,
  firstLsn: Lsn,
  have: number,
  runs: readonly RunBytes[],
): void {
  const file = liveIndexFile(folder.path, firstLsn);
  if (existsSync(file) && statSync(file).size > have) truncateSync(file, have);
  for (const { bytes } of runs) appendFileSync(file, bytes, { mode: FILE_MODE });
}

export function bytesOf(runs: readonly RunBytes[]): number {
  return runs.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** A place in the log: the record that comes there, and where. Bytes. */
export interface LogPlace {
  readonly lsn: Lsn;
  readonly offset: number;
}

export function segmentBegin(firstLsn: Lsn): LogPlace {
  return { lsn: firstLsn, offset: SEGMENT_HEADER_BYTES };
}

/** Where the runs' knowledge of the log ends. */
export function coverage(runs: readonly RunBytes[], firstLsn: Lsn): LogPlace {
  const last = runs.at(-1)?.header;
  return last === undefined ? segmentBegin(firstLsn) : { lsn: last.endLsn, offset: last.logEnd };
}

/** The records of a log file from a place on. A place behind the end of the file gives none. */
export function walkLog(file: string, { lsn, offset }: LogPlace): Walk {
  return walkRecords(readFrom(file, offset), offset, lsn);
}

/** A run for each of these records, indexed by `indexBatch`. A record whose body cannot be inflated has no rows. */
export function runsOver(
  records: readonly WalkedRecord[],
  indexBatch: IndexBatch,
  { storeId, generation }: SegmentHeader,
): readonly RunBytes[] {
  return records.map(({ record, offset }) => {
    const buffer = createGrowingBuffer(4096);
    const run = appendRun(buffer, indexBatch(rawOf(record), record.signal));
    const end = offset + recordBytes(record.body.length);
    finishRun(buffer.bytes, run, { ...record, offset, end, generation }, storeId);
    const bytes = gathered(buffer);
    const header = readRunHeader(bytes, storeId);
    if (header === undefined) throw new Error("cannot read a run that was just made");
    return { header, bytes };
  });
}

const NO_BYTES = new Uint8Array(0);

function rawOf(record: WalkedRecord["record"]): Uint8Array {
  try {
    return inflate(record);
  } catch {
    // Its checksum is right, so it was stored like this; there is nothing in it to be found.
    return NO_BYTES;
  }
}
