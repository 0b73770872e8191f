/**
 * Reads a whole store and says what in it cannot be read: every record's checksum, order and body, and whether each
 * index tells what its log holds. Writes nothing and needs no lock, so a server may be writing meanwhile.
 */
import { closeSync, fstatSync, statSync } from "node:fs";
import { inflate } from "./inflate.js";
import type { Damage, IndexBatch, Lsn } from "./job-store.js";
import { openIfThere, readOpen } from "./read-file.js";
import { type LogRecord, RECORD_HEADER_BYTES } from "./record.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment.js";
import { listSegments, logFile, openStoreFolder, type StoreFolder } from "./store-folder.js";
import { openIndexCheck } from "./verify-index.js";
import { walkLogFile } from "./walk-log-file.js";

export type BodyCheck =
  | { readonly kind: "whole"; readonly spanCount: number; readonly logCount: number }
  | { readonly kind: "malformed"; readonly reason: string };

export interface VerifyOptions {
  readonly indexBatch: IndexBatch;
  /** Whether an inflated body is what it should be; the store knows nothing of OTLP. */
  readonly checkBody: (raw: Uint8Array, signal: "traces" | "logs") => BodyCheck;
  readonly onDamage: (damage: Damage) => void;
  /** Bytes of the logs, read so far and in all. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface Verification {
  readonly recordCount: number;
  readonly spanCount: number;
  readonly logCount: number;
  readonly damageCount: number;
  /** Behind the last whole record of the newest segment: still being written, or left by a writer that died. */
  readonly unfinished: Damage | undefined;
  /** Stopped by the signal; the counts are of what was read until then. */
  readonly wasStopped: boolean;
}

/** What has been seen so far; one for each call of {@link verifyStore}. */
interface Progress {
  recordCount: number;
  spanCount: number;
  logCount: number;
  damageCount: number;
  unfinished: Damage | undefined;
  readonly bytesTotal: number;
  /** The lsn that the next record should have; undefined: not known. */
  nextLsn: Lsn | undefined;
}

/** @throws StoreError when there is no store. */
export async function verifyStore(path: string, options: VerifyOptions): Promise<Verification> {
  const folder = openStoreFolder(path);
  const segments = listSegments(path);
  const sizes = segments.map(
    (firstLsn) => statSync(logFile(path, firstLsn), { throwIfNoEntry: false })?.size ?? 0,
  );
  const progress: Progress = {
    recordCount: 0,
    spanCount: 0,
    logCount: 0,
    damageCount: 0,
    unfinished: undefined,
    bytesTotal: sizes.reduce((sum, size) => sum + size, 0),
    nextLsn: undefined,
  };
  let begin = 0;
  for (const [i, firstLsn] of segments.entries()) {
    if (options.signal.aborted) break;
    const isNewest = i === segments.length - 1;
    await verifySegment(folder, { firstLsn, begin, isNewest }, options, progress);
    begin += sizes[i] ?? 0;
  }
  const { recordCount, spanCount, logCount, damageCount, unfinished } = progress;
  const counts = { recordCount, spanCount, logCount, damageCount };
  return { ...counts, unfinished, wasStopped: options.signal.aborted };
}

interface SegmentPlace {
  readonly firstLsn: Lsn;
  /** Bytes of the logs before it. */
  readonly begin: number;
  readonly isNewest: boolean;
}

async function verifySegment(
  folder: StoreFolder,
  place: SegmentPlace,
  options: VerifyOptions,
  progress: Progress,
): Promise<void> {
  const file = logFile(folder.path, place.firstLsn);
  const report = (damage: Damage): void => {
    progress.damageCount++;
    options.onDamage(damage);
  };
  const fd = openIfThere(file);
  // Retention deletes the oldest first, so what comes next may begin anywhere.
  if (fd === undefined) {
    progress.nextLsn = undefined;
    return;
  }
  try {
    const length = fstatSync(fd).size;
    const refusal = headerProblem(folder, fd, place);
    if (refusal === undefined) await verifyRecords(folder, fd, place, options, progress, report);
    else if (refusal !== "empty") report({ file, offset: 0, length, reason: refusal });
  } finally {
    closeSync(fd);
  }
}

/** undefined: none. "empty": begun and never written to, which a writer does again. */
function headerProblem(
  folder: StoreFolder,
  fd: number,
  { firstLsn, isNewest }: SegmentPlace,
): string | undefined {
  const read = readSegmentHeader(readOpen(fd, 0, SEGMENT_HEADER_BYTES));
  if (read.kind === "foreign") return read.reason;
  if (read.kind === "empty") return isNewest ? "empty" : "it has no header";
  if (!read.header.storeId.equals(folder.storeId)) return "it belongs to another store";
  return read.header.firstLsn === firstLsn ? undefined : "its header says another first lsn";
}

async function verifyRecords(
  folder: StoreFolder,
  fd: number,
  { firstLsn, begin, isNewest }: SegmentPlace,
  options: VerifyOptions,
  progress: Progress,
  report: (damage: Damage) => void,
): Promise<void> {
  const file = logFile(folder.path, firstLsn);
  if (progress.nextLsn !== undefined && firstLsn > progress.nextLsn)
    report({ file, offset: 0, length: 0, reason: missing(progress.nextLsn, firstLsn) });
  progress.nextLsn = firstLsn;
  const size = fstatSync(fd).size;
  const index = openIndexCheck(folder, firstLsn, options.indexBatch);
  const damageBefore = progress.damageCount;
  for (const part of walkLogFile(fd, firstLsn, size)) {
    if (options.signal.aborted) break;
    const { offset } = part;
    if (part.kind === "record") verifyRecord(part.record, offset);
    else {
      // What a damaged stretch held is not known, so the next number is not either.
      progress.nextLsn = undefined;
      const damage = { file, offset, length: part.length, reason: part.reason };
      if (part.kind === "tail" && isNewest) progress.unfinished = damage;
      else report(damage);
    }
    options.onProgress(begin + offset, progress.bytesTotal);
    // Others get a turn: signals are heard between records.
    await new Promise(setImmediate);
  }
  const damage = index.finish(progress.damageCount === damageBefore && !options.signal.aborted);
  if (damage !== undefined && !options.signal.aborted) report(damage);

  function verifyRecord(record: LogRecord, offset: number): void {
    const { nextLsn } = progress;
    const length = RECORD_HEADER_BYTES + record.body.length;
    if (nextLsn !== undefined && record.lsn > nextLsn)
      report({ file, offset, length: 0, reason: missing(nextLsn, record.lsn) });
    progress.nextLsn = record.lsn + 1;
    const body = bodyOf(record, options);
    if (body.kind === "damaged") {
      report({ file, offset, length, reason: body.reason });
      return;
    }
    progress.recordCount++;
    progress.spanCount += record.spanCount;
    progress.logCount += record.logCount;
    index.check(record, body.raw);
  }
}

function missing(first: Lsn, end: Lsn): string {
  return end - first === 1
    ? `record ${first} before it is missing`
    : `records ${first} to ${end - 1} before it are missing`;
}

type Body =
  | { readonly kind: "whole"; readonly raw: Uint8Array }
  | { readonly kind: "damaged"; readonly reason: string };

function bodyOf(record: LogRecord, { checkBody }: VerifyOptions): Body {
  let raw: Uint8Array;
  try {
    raw = inflate(record);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "damaged", reason: `the body cannot be inflated: ${reason}` };
  }
  const damaged = (reason: string): Body => ({ kind: "damaged", reason });
  if (raw.length !== record.rawBytes)
    return damaged(`the body inflates to ${raw.length} bytes, the header says ${record.rawBytes}`);
  if (record.signal === "unknown") return { kind: "whole", raw };
  const checked = checkBody(raw, record.signal);
  if (checked.kind === "malformed") return damaged(`the body is not OTLP: ${checked.reason}`);
  if (checked.spanCount !== record.spanCount)
    return damaged(
      `the body holds ${checked.spanCount} spans, the header says ${record.spanCount}`,
    );
  if (checked.logCount !== record.logCount)
    return damaged(
      `the body holds ${checked.logCount} log records, the header says ${record.logCount}`,
    );
  return { kind: "whole", raw };
}
