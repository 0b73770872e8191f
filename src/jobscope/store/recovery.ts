/**
 * What the writer does when it opens a store: finds where the log ends, cuts off what was being written when the
 * process died, and brings the live index up to date. Only the newest segment is looked into, and of that only what
 * its index does not cover, so the time does not grow with the store.
 */
import { closeSync, fdatasyncSync, ftruncateSync, statSync, writeFileSync } from "node:fs";
import type { Damage, IndexBatch, Lsn } from "./job-store.js";
import { bytesOf, coverage, readLiveRuns, runsOver, walkLog, writeLiveRuns } from "./live-runs.js";
import { openFile, READ_WRITE } from "./open-file.js";
import { readFrom } from "./read-file.js";
import type { RunBytes } from "./run-layout.js";
import { isSealed } from "./seal-segment.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import { StoreError } from "./store-error.js";
import {
  FILE_MODE,
  listSegments,
  logFile,
  logFolder,
  removeTemporaryFiles,
  type StoreFolder,
  tornFile,
} from "./store-folder.js";
import { syncFolder } from "./sync-folder.js";

export interface RecoveryReport {
  /** Bytes cut off the end of the log and kept in a `.torn` file; 0 after a clean stop. */
  readonly tornBytes: number;
  readonly damage: readonly Damage[];
}

export interface Recovered {
  /** The segment to go on with; undefined: begin one. */
  readonly active: ActiveSegment | undefined;
  readonly nextLsn: Lsn;
  /** Closed segments whose index was not sealed yet. */
  readonly unsealed: readonly Lsn[];
  readonly report: RecoveryReport;
}

export interface ActiveSegment {
  readonly header: SegmentHeader;
  /** Where its last whole record ends, in bytes. */
  readonly end: number;
  /** Spans and log records. */
  readonly itemCount: number;
  /** Of its live index, which covers all its records. */
  readonly indexBytes: number;
}

/** @throws StoreError for a file that is not of this store; it is left as it is. */
export function recoverStore(folder: StoreFolder, indexBatch: IndexBatch): Recovered {
  const segments = listSegments(folder.path);
  const newest = segments.at(-1);
  const closed = segments.slice(0, -1);
  removeTemporaryFiles(folder.path);
  const unsealed = closed.filter((firstLsn) => !isSealed(folder, firstLsn));
  if (newest === undefined)
    return { active: undefined, nextLsn: 0, unsealed, report: { tornBytes: 0, damage: [] } };

  const file = logFile(folder.path, newest);
  const read = readSegmentHeader(readFrom(file, 0, SEGMENT_HEADER_BYTES));
  if (read.kind === "foreign")
    throw new StoreError("unreadable", `cannot use ${file}: ${read.reason}; move it away`);
  // Created and never written: nothing in it was acknowledged, so it is begun again under its name.
  if (read.kind === "empty")
    return { active: undefined, nextLsn: newest, unsealed, report: { tornBytes: 0, damage: [] } };
  if (!read.header.storeId.equals(folder.storeId)) {
    throw new StoreError(
      "unreadable",
      `cannot use ${file}: it belongs to another store; move it away`,
    );
  }
  return { ...recoverSegment(folder, read.header, indexBatch), unsealed };
}

function recoverSegment(
  folder: StoreFolder,
  header: SegmentHeader,
  indexBatch: IndexBatch,
): Omit<Recovered, "unsealed"> {
  const { firstLsn } = header;
  const file = logFile(folder.path, firstLsn);
  const size = statSync(file).size;
  const live = trustedRuns(readLiveRuns(folder, header), size);
  const walk = walkLog(file, coverage(live, firstLsn));
  const end = Math.max(walk.end, SEGMENT_HEADER_BYTES);
  const tornBytes = Math.max(0, size - end);
  if (tornBytes > 0) cutTail(folder, firstLsn, end);

  // What stands here may never have been synced. It is shown from now on, so it must not be lost any more.
  makeDurable(folder, file);

  const added = runsOver(walk.records, indexBatch, header);
  writeLiveRuns(folder, firstLsn, bytesOf(live), added);
  const runs = [...live, ...added];
  return {
    active: {
      header,
      end,
      itemCount: runs.reduce((sum, { header: run }) => sum + run.spanCount + run.logCount, 0),
      indexBytes: bytesOf(runs),
    },
    nextLsn: coverage(runs, firstLsn).lsn,
    report: { tornBytes, damage: walk.damage.map((stretch) => ({ file, ...stretch })) },
  };
}

/** A run is written after the records it covers are durable; one that covers more than the log holds is not of this log. */
function trustedRuns(runs: readonly RunBytes[], logSize: number): readonly RunBytes[] {
  const first = runs.findIndex(({ header }) => header.logEnd > logSize);
  return first === -1 ? runs : runs.slice(0, first);
}

/** Keeps what is cut: it is what was being written when the process died, and somebody may want to look. */
function cutTail(folder: StoreFolder, firstLsn: Lsn, end: number): void {
  const file = logFile(folder.path, firstLsn);
  const fd = openFile(file, READ_WRITE);
  try {
    const torn = readFrom(file, end);
    writeFileSync(tornFile(folder.path, firstLsn), torn, { mode: FILE_MODE, flush: true });
    ftruncateSync(fd, end);
  } finally {
    closeSync(fd);
  }
}

function makeDurable(folder: StoreFolder, file: string): void {
  const fd = openFile(file, READ_WRITE);
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncFolder(logFolder(folder.path));
}
