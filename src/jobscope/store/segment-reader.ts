/**
 * One segment as a reader sees it: its runs, sealed or live, and behind them the records that no run covers yet, which
 * it indexes itself. Never writes, never repairs.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { RUN_HEADER_BYTES, readRunHeader } from "./index-run.js";
import type { Damage, IndexBatch, Lsn, StoredBatch } from "./job-store.js";
import { readRecord, RECORD_HEADER_BYTES, recordBytes } from "./record.js";
import { type BytesAt, createRunReader, type RunReader } from "./run-reader.js";
import {
  coverage,
  inflate,
  readHeaderOf,
  readLiveRuns,
  runsOver,
  walkLog,
} from "./segment-index.js";
import { StoreError } from "./store-error.js";
import { logFile, sealedIndexFile, type StoreFolder } from "./store-folder.js";

export interface SegmentReader {
  readonly firstLsn: Lsn;
  /** Oldest first. */
  readonly runs: readonly RunReader[];
  readonly damage: readonly Damage[];
  /** Whether a later look would see the same: its index is sealed. */
  readonly isSealed: boolean;
  read(lsn: Lsn): StoredBatch | undefined;
  close(): void;
}

/** Rows are looked for near each other, so a page read once serves the next few steps of a search. */
const PAGE_BYTES = 4096;
const PAGES_MAX = 256;

export function openSegment(
  folder: StoreFolder,
  firstLsn: Lsn,
  indexBatch: IndexBatch,
): SegmentReader {
  checkHeader(folder, firstLsn);
  return openSealed(folder, firstLsn) ?? openLive(folder, firstLsn, indexBatch);
}

function checkHeader(folder: StoreFolder, firstLsn: Lsn): void {
  const file = logFile(folder.path, firstLsn);
  const read = readHeaderOf(file);
  if (read.kind === "foreign")
    throw new StoreError("unreadable", `cannot read ${file}: ${read.reason}`);
  if (read.kind === "header" && !read.header.storeId.equals(folder.storeId)) {
    throw new StoreError("unreadable", `cannot read ${file}: it belongs to another store`);
  }
}

/** undefined: not sealed, or its index cannot be trusted. */
function openSealed(folder: StoreFolder, firstLsn: Lsn): SegmentReader | undefined {
  const file = sealedIndexFile(folder.path, firstLsn);
  if (!existsSync(file)) return undefined;
  const fd = openSync(file, "r");
  const head = Buffer.alloc(RUN_HEADER_BYTES);
  readSync(fd, head, 0, RUN_HEADER_BYTES, 0);
  const header = readRunHeader(head, folder.storeId);
  const isWhole =
    header !== undefined && header.firstLsn >= firstLsn && header.length === fstatSync(fd).size;
  if (!isWhole || header.logEnd > statSync(logFile(folder.path, firstLsn)).size) {
    closeSync(fd);
    return undefined;
  }
  const run = createRunReader(header, pagedFile(fd));
  return createReader(folder, firstLsn, {
    runs: [run],
    damage: [],
    isSealed: true,
    closeIndex: () => closeSync(fd),
  });
}

function openLive(folder: StoreFolder, firstLsn: Lsn, indexBatch: IndexBatch): SegmentReader {
  const live = readLiveRuns(folder, firstLsn);
  const covered = coverage(live, firstLsn);
  const file = logFile(folder.path, firstLsn);
  const walk = walkLog(file, covered.offset, covered.lsn);
  const runs = [...live, ...runsOver(walk.records, indexBatch, folder)];
  return createReader(folder, firstLsn, {
    runs: runs.map(({ header, bytes }) =>
      createRunReader(header, (at, length) => bytes.subarray(at, at + length)),
    ),
    damage: walk.damage.map((stretch) => ({ file, ...stretch })),
    isSealed: false,
    closeIndex: () => undefined,
  });
}

interface ReaderParts extends Pick<SegmentReader, "runs" | "damage" | "isSealed"> {
  closeIndex(): void;
}

function createReader(folder: StoreFolder, firstLsn: Lsn, parts: ReaderParts): SegmentReader {
  let log: number | undefined;
  return {
    firstLsn,
    runs: parts.runs,
    damage: parts.damage,
    isSealed: parts.isSealed,
    read(lsn) {
      for (const run of parts.runs) {
        const offset =
          run.header.firstLsn <= lsn && lsn < run.header.endLsn ? run.offsetOf(lsn) : undefined;
        if (offset === undefined) continue;
        log ??= openSync(logFile(folder.path, firstLsn), "r");
        return readBatch(log, offset, lsn);
      }
      return undefined;
    },
    close() {
      parts.closeIndex();
      if (log !== undefined) closeSync(log);
      log = undefined;
    },
  };
}

function readBatch(log: number, offset: number, lsn: Lsn): StoredBatch | undefined {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  if (readSync(log, header, 0, RECORD_HEADER_BYTES, offset) < RECORD_HEADER_BYTES) return undefined;
  // A damaged length must not make us allocate more than the file holds.
  const length = Math.min(recordBytes(header.readUInt32LE(0)), fstatSync(log).size - offset);
  const bytes = Buffer.allocUnsafe(length);
  const have = readSync(log, bytes, 0, length, offset);
  const read = readRecord(bytes.subarray(0, have), 0);
  if (read.kind !== "record" || read.record.lsn !== lsn) return undefined;
  const { record } = read;
  return { ...record, raw: () => inflate(record) };
}

function pagedFile(fd: number): BytesAt {
  const pages = new Map<number, Buffer>();
  const page = (index: number): Buffer => {
    const known = pages.get(index);
    if (known !== undefined) return known;
    if (pages.size >= PAGES_MAX) pages.clear();
    const bytes = Buffer.alloc(PAGE_BYTES);
    readSync(fd, bytes, 0, PAGE_BYTES, index * PAGE_BYTES);
    pages.set(index, bytes);
    return bytes;
  };
  return (offset, length) => {
    const first = Math.floor(offset / PAGE_BYTES);
    const at = offset % PAGE_BYTES;
    if (at + length <= PAGE_BYTES) return page(first).subarray(at, at + length);
    const bytes = Buffer.allocUnsafe(length);
    readSync(fd, bytes, 0, length, offset);
    return bytes;
  };
}
