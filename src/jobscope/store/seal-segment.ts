/**
 * Seals a closed segment: its index becomes one sealed run, and its plain bodies are compressed. Both are made beside what
 * is there and take its place by rename, the index first: until the log follows, the two do not fit and a reader uses the
 * live index. Run again after a crash, it does what was left undone.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { compressLog } from "./compress-log.js";
import type { IndexBatch, Lsn } from "./job-store.js";
import { bytesOf, coverage, readLiveRuns, runsOver, walkLog, writeLiveRuns } from "./live-runs.js";
import { readFrom } from "./read-file.js";
import { readRunHeader, RUN_HEADER_BYTES } from "./run-layout.js";
import { sealRuns } from "./seal-runs.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import {
  FILE_MODE,
  indexPartsFile,
  liveIndexFile,
  logFile,
  logFolder,
  sealedIndexFile,
  type StoreFolder,
} from "./store-folder.js";
import { syncFolder } from "./sync-folder.js";

export interface SealOptions {
  /** Whether bodies that came plain are compressed. */
  readonly compress: boolean;
}

/** false: the live index does not cover the log; {@link completeLiveIndex} helps. */
export function sealSegment(
  folder: StoreFolder,
  firstLsn: Lsn,
  { compress }: SealOptions,
): boolean {
  const header = headerOf(folder, firstLsn);
  if (header === undefined) return true;
  const runs = readLiveRuns(folder, header);
  const { records } = walkLog(logFile(folder.path, firstLsn), coverage(runs, firstLsn));
  if (records.length > 0) return false;
  if (runs.length === 0) return true;
  const log = compress ? compressLog(folder, firstLsn) : undefined;
  publishIndex(folder, firstLsn, sealRuns(runs, folder.storeId, { moved: log }));
  if (log !== undefined) renameSync(log.temporary, logFile(folder.path, firstLsn));
  syncFolder(logFolder(folder.path));
  // Parts of an index that is not there are of no use; the other way round they would be missed.
  for (const file of [indexPartsFile, liveIndexFile])
    rmSync(file(folder.path, firstLsn), { force: true });
  return true;
}

/** Records that are indexed before others get their turn: a few milliseconds of work. */
const RECORDS_AT_ONCE = 16;

/** Makes the runs that the live index of a closed segment lacks, a few at a time. */
export async function completeLiveIndex(
  folder: StoreFolder,
  firstLsn: Lsn,
  indexBatch: IndexBatch,
): Promise<void> {
  const header = headerOf(folder, firstLsn);
  if (header === undefined) return;
  const runs = readLiveRuns(folder, header);
  writeLiveRuns(folder, firstLsn, bytesOf(runs), []);
  const { records } = walkLog(logFile(folder.path, firstLsn), coverage(runs, firstLsn));
  let have = bytesOf(runs);
  for (let at = 0; at < records.length; at += RECORDS_AT_ONCE) {
    const added = runsOver(records.slice(at, at + RECORDS_AT_ONCE), indexBatch, header);
    writeLiveRuns(folder, firstLsn, have, added);
    have += bytesOf(added);
    await setImmediate();
  }
}

/** Whether the segment has a sealed index, and one of this log. */
export function isSealed(folder: StoreFolder, firstLsn: Lsn): boolean {
  const file = sealedIndexFile(folder.path, firstLsn);
  if (!existsSync(file)) return false;
  const run = readRunHeader(readFrom(file, 0, RUN_HEADER_BYTES), folder.storeId);
  return run?.kind === "sealed" && run.generation === headerOf(folder, firstLsn)?.generation;
}

/** undefined: the log has no header; nothing was ever written to it. */
function headerOf(folder: StoreFolder, firstLsn: Lsn): SegmentHeader | undefined {
  const file = logFile(folder.path, firstLsn);
  const read = readSegmentHeader(readFrom(file, 0, SEGMENT_HEADER_BYTES));
  return read.kind === "header" ? read.header : undefined;
}

function publishIndex(folder: StoreFolder, firstLsn: Lsn, run: Buffer): void {
  const sealed = sealedIndexFile(folder.path, firstLsn);
  const temporary = `${sealed}.tmp`;
  writeFileSync(temporary, run, { mode: FILE_MODE, flush: true });
  renameSync(temporary, sealed);
}
