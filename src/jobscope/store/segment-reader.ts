/**
 * One segment as a reader sees it: its log, and an index of it: sealed, or live with the records behind it that no run
 * covers yet, which it indexes itself. Never writes, never repairs.
 */
import { closeSync, existsSync, fstatSync } from "node:fs";
import { unixNano } from "../model/time.js";
import type { Damage, IndexBatch, Lsn, StoredBatch } from "./job-store.js";
import { inflate } from "./inflate.js";
import { countLiveJobs } from "./live-job-count.js";
import { listParts, type PartsEnd, partsEnd } from "./index-parts.js";
import { joinIndexes } from "./joined-index.js";
import { coverage, readLiveRuns, readLiveRunsFrom, runsOver } from "./live-runs.js";
import { createLiveRunsReader } from "./live-runs-reader.js";
import { openFile, READ } from "./open-file.js";
import { pageTableBytes } from "./page-table.js";
import { openIfThere, readOpen } from "./read-file.js";
import { readRecord, RECORD_HEADER_BYTES, recordBytes } from "./record.js";
import { readRunHeader, RUN_HEADER_BYTES, type RunHeader, sectionsOf } from "./run-layout.js";
import { type PageCache, readSealedFile } from "./sealed-file.js";
import { createSealedRunReader } from "./sealed-run-reader.js";
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  walkRecords,
} from "./segment.js";
import type { SegmentIndex } from "./segment-index.js";
import { StoreError } from "./store-error.js";
import { indexPartsFile, logFile, sealedIndexFile, type StoreFolder } from "./store-folder.js";

export interface SegmentReader {
  readonly firstLsn: Lsn;
  readonly index: SegmentIndex;
  /** What the index covers, oldest first: one header of a sealed segment, one for each record of a live one. */
  readonly headers: readonly RunHeader[];
  readonly damage: readonly Damage[];
  /** Whether a later look would see the same. */
  readonly isSealed: boolean;
  /** Jobs with rows in it. */
  jobCount(): number;
  read(lsn: Lsn): StoredBatch | undefined;
  close(): void;
}

export interface SegmentOptions {
  readonly indexBatch: IndexBatch;
  readonly cache: PageCache;
  /** Indexes that turned out to be damaged. */
  readonly distrusted: ReadonlySet<Lsn>;
}

/** @throws StoreError for a file that is not of this store. */
export function openSegment(
  folder: StoreFolder,
  firstLsn: Lsn,
  options: SegmentOptions,
): SegmentReader {
  const file = logFile(folder.path, firstLsn);
  const log = openFile(file, READ);
  try {
    const header = headerOf(file, log, folder);
    const sealed =
      header === undefined || options.distrusted.has(firstLsn)
        ? undefined
        : openSealed(folder, header, log, options.cache);
    return sealed ?? openLive(folder, header ?? emptyHeader(folder, firstLsn), log, options);
  } catch (error) {
    closeSync(log);
    throw error;
  }
}

/** undefined: created, and not written yet. */
function headerOf(file: string, log: number, folder: StoreFolder): SegmentHeader | undefined {
  const read = readSegmentHeader(readOpen(log, 0, SEGMENT_HEADER_BYTES));
  if (read.kind === "foreign")
    throw new StoreError("unreadable", `cannot read ${file}: ${read.reason}`);
  if (read.kind === "empty") return undefined;
  if (!read.header.storeId.equals(folder.storeId))
    throw new StoreError("unreadable", `cannot read ${file}: it belongs to another store`);
  return read.header;
}

function emptyHeader({ storeId }: StoreFolder, firstLsn: Lsn): SegmentHeader {
  return { firstLsn, storeId, createdAt: unixNano(0n), generation: 0 };
}

/** undefined: not sealed, or its index is not of this log. */
function openSealed(
  folder: StoreFolder,
  log: SegmentHeader,
  logFd: number,
  cache: PageCache,
): SegmentReader | undefined {
  const file = sealedIndexFile(folder.path, log.firstLsn);
  if (!existsSync(file)) return undefined;
  const fd = openFile(file, READ);
  const header = readRunHeader(readOpen(fd, 0, RUN_HEADER_BYTES), folder.storeId);
  if (header === undefined || !isOfLog(header, log, logFd) || !isWhole(header, fd)) {
    closeSync(fd);
    return undefined;
  }
  const place = { file, fd, segment: log.firstLsn, at: 0, header };
  const index = createSealedRunReader(header, readSealedFile(place, cache));
  const of = { file: logFile(folder.path, log.firstLsn), firstLsn: log.firstLsn, log: logFd };
  return createReader(of, {
    index,
    headers: [header],
    damage: [],
    isSealed: true,
    jobCount: () => header.jobCount,
    closeIndex: () => closeSync(fd),
  });
}

function isOfLog(header: RunHeader, log: SegmentHeader, logFd: number): boolean {
  return (
    header.kind === "sealed" &&
    header.firstLsn >= log.firstLsn &&
    header.generation === log.generation &&
    header.logEnd <= fstatSync(logFd).size
  );
}

function isWhole(header: RunHeader, fd: number): boolean {
  const { end } = sectionsOf(header);
  const length = end + pageTableBytes(end - RUN_HEADER_BYTES);
  return header.length === length && fstatSync(fd).size === length;
}

function openLive(
  folder: StoreFolder,
  log: SegmentHeader,
  logFd: number,
  options: SegmentOptions,
): SegmentReader {
  const { firstLsn } = log;
  const file = logFile(folder.path, firstLsn);
  const parts = openParts(folder, log, options);
  const live = readLiveRunsFrom(folder, log, parts.end);
  const { offset, lsn } = live.length === 0 ? parts.end : coverage(live, firstLsn);
  const bytes = readOpen(logFd, offset, Math.max(0, fstatSync(logFd).size - offset));
  const walk = walkRecords(bytes, offset, lsn);
  const runs = [...live, ...runsOver(walk.records, options.indexBatch, log)];
  const of = { file, firstLsn, log: logFd };
  return createReader(of, {
    index: joinIndexes([...parts.indexes, createLiveRunsReader(runs, folder.storeId)]),
    headers: [...parts.headers, ...runs.map(({ header }) => header)],
    damage: walk.damage.map((stretch) => ({ file, ...stretch })),
    isSealed: false,
    // A job may be in several parts, so they are of no use here.
    jobCount: () => countLiveJobs([...readLiveRuns(folder, log), ...runs.slice(live.length)]),
    closeIndex: () => parts.close(),
  });
}

interface OpenParts {
  readonly indexes: readonly SegmentIndex[];
  readonly headers: readonly RunHeader[];
  readonly end: PartsEnd;
  close(): void;
}

function openParts(
  folder: StoreFolder,
  log: SegmentHeader,
  { cache, distrusted }: SegmentOptions,
): OpenParts {
  const { firstLsn } = log;
  const file = indexPartsFile(folder.path, firstLsn);
  const fd = distrusted.has(firstLsn) ? undefined : openIfThere(file);
  if (fd === undefined)
    return { indexes: [], headers: [], end: partsEnd([], firstLsn), close: () => undefined };
  const parts = listParts(fd, folder, log);
  return {
    indexes: parts.map(({ header, at }) =>
      createSealedRunReader(
        header,
        readSealedFile({ file, fd, segment: firstLsn, at, header }, cache),
      ),
    ),
    headers: parts.map(({ header }) => header),
    end: partsEnd(parts, firstLsn),
    close: () => closeSync(fd),
  };
}

interface ReaderParts extends Omit<SegmentReader, "firstLsn" | "read" | "close"> {
  readonly closeIndex: () => void;
}

const NOT_WHOLE = "the record that the index names is not there whole";

interface OpenLog {
  readonly file: string;
  readonly firstLsn: Lsn;
  /** Its descriptor. */
  readonly log: number;
}

function createReader({ file, firstLsn, log }: OpenLog, parts: ReaderParts): SegmentReader {
  const { closeIndex, ...rest } = parts;
  const damage = [...parts.damage];
  return {
    firstLsn,
    ...rest,
    damage,
    read(lsn) {
      const offset = parts.index.offsetOf(lsn);
      if (offset === undefined) return undefined;
      const batch = readBatch(log, offset, lsn);
      // A sealed segment's log is not walked, so this is where its damage is met.
      if (batch === undefined && !damage.some((each) => each.offset === offset))
        damage.push({ file, offset, length: RECORD_HEADER_BYTES, reason: NOT_WHOLE });
      return batch;
    },
    close() {
      closeIndex();
      closeSync(log);
    },
  };
}

/** undefined: the record there is damaged, or another. */
function readBatch(log: number, offset: number, lsn: Lsn): StoredBatch | undefined {
  const header = readOpen(log, offset, RECORD_HEADER_BYTES);
  if (header.length < RECORD_HEADER_BYTES) return undefined;
  // A damaged length must not make us allocate more than the file holds.
  const length = Math.min(recordBytes(header.readUInt32LE(0)), fstatSync(log).size - offset);
  const read = readRecord(readOpen(log, offset, length), 0);
  if (read.kind !== "record" || read.record.lsn !== lsn) return undefined;
  const { record } = read;
  return { ...record, raw: () => inflate(record) };
}
