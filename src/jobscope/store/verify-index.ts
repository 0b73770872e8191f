/**
 * Whether a segment's index tells what its log holds: each record is found by its number, each job and each trace in it
 * by its id.
 */
import { closeSync, fstatSync, statSync } from "node:fs";
import type { TraceId } from "../model/ids.js";
import { rowsOf, traceIdsOf } from "./batch-index.js";
import type { Damage, FoundRow, IndexBatch, Lsn } from "./job-store.js";
import { readOpen } from "./read-file.js";
import type { LogRecord } from "./record.js";
import { readRunHeader, RUN_HEADER_BYTES, sectionsOf } from "./run-layout.js";
import { createPageCache, IndexDamagedError, readSealedFile } from "./sealed-file.js";
import { openIfThere } from "./segment-facts.js";
import { openChangingSegment } from "./open-changing-segment.js";
import type { SegmentReader } from "./segment-reader.js";
import { liveIndexFile, sealedIndexFile, type StoreFolder } from "./store-folder.js";

export interface IndexCheck {
  /** A record that the log holds whole. */
  check(record: LogRecord, raw: Uint8Array): void;
  /** What is wrong with the index; undefined: nothing. */
  finish(): Damage | undefined;
}

/** Entries of the index kept in memory: twenty megabytes or so. An id that is in every batch is then looked up once. */
const ENTRIES_HELD_MAX = 200_000;

/** Open it after the log's size was taken: a reader covers what the log holds when it is opened. */
export function openIndexCheck(
  folder: StoreFolder,
  firstLsn: Lsn,
  indexBatch: IndexBatch,
): IndexCheck {
  const broken = sealedIndexDamage(folder, firstLsn);
  const options = { indexBatch, cache: createPageCache(), distrusted: new Set<Lsn>() };
  const segment = broken === undefined ? openChangingSegment(folder, firstLsn, options) : undefined;
  const entries = segment && entriesOf(segment);
  const missing: Lsn[] = [];
  return {
    check(record, raw) {
      if (entries !== undefined && !knows(entries, record, raw, indexBatch))
        missing.push(record.lsn);
    },
    finish() {
      segment?.close();
      if (broken !== undefined || segment === undefined || missing.length === 0) return broken;
      const file = segment.isSealed
        ? sealedIndexFile(folder.path, firstLsn)
        : liveIndexFile(folder.path, firstLsn);
      const reason = `it does not tell all of record ${missing[0]}${others(missing.length - 1)}`;
      return damageOf(file, reason);
    },
  };
}

function others(count: number): string {
  return count === 0 ? "" : ` and ${count} more`;
}

/** Readers look at the pages they need; here all are looked at. */
function sealedIndexDamage(folder: StoreFolder, firstLsn: Lsn): Damage | undefined {
  const file = sealedIndexFile(folder.path, firstLsn);
  const fd = openIfThere(file);
  if (fd === undefined) return undefined;
  try {
    const header = readRunHeader(readOpen(fd, 0, RUN_HEADER_BYTES), folder.storeId);
    if (header?.kind !== "sealed") return damageOf(file, "its header does not match");
    if (header.length !== fstatSync(fd).size) return damageOf(file, "its length does not match");
    const bytesAt = readSealedFile(fd, header, createPageCache(), 0);
    bytesAt(RUN_HEADER_BYTES, sectionsOf(header).end - RUN_HEADER_BYTES);
    return undefined;
  } catch (error) {
    if (!(error instanceof IndexDamagedError)) throw error;
    const { offset, length } = error;
    return { file, offset, length, reason: "the checksum does not match" };
  } finally {
    closeSync(fd);
  }
}

function damageOf(file: string, reason: string): Damage {
  const length = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { file, offset: 0, length, reason };
}

interface Entries {
  hasRecord(lsn: Lsn): boolean;
  hasRow(row: FoundRow): boolean;
  hasTrace(traceId: TraceId, lsn: Lsn): boolean;
}

function entriesOf(segment: SegmentReader): Entries {
  const held = new Map<string, ReadonlySet<string>>();
  let heldCount = 0;

  function lookUp(id: string, find: () => readonly string[]): ReadonlySet<string> {
    const known = held.get(id);
    if (known !== undefined) return known;
    const found = new Set(find());
    if (heldCount > ENTRIES_HELD_MAX) {
      held.clear();
      heldCount = 0;
    }
    heldCount += found.size;
    held.set(id, found);
    return found;
  }

  return {
    hasRecord: (lsn) => segment.read(lsn) !== undefined,
    hasRow(row) {
      const find = (): readonly string[] => segment.index.rowsOf(row.jobId).map(rowKey);
      return lookUp(`job ${row.jobId}`, find).has(rowKey(row));
    },
    hasTrace(traceId, lsn) {
      const find = (): readonly string[] => segment.index.lsnsOf(traceId).map(String);
      return lookUp(`trace ${traceId}`, find).has(String(lsn));
    },
  };
}

function rowKey({ lsn, role, spanId }: FoundRow): string {
  return `${lsn} ${role} ${spanId}`;
}

/** What a record should give is asked of the function that makes indexes, and not of what it made when it came. */
function knows(
  entries: Entries,
  { lsn }: LogRecord,
  raw: Uint8Array,
  indexBatch: IndexBatch,
): boolean {
  const expected = indexBatch(raw);
  return (
    entries.hasRecord(lsn) &&
    rowsOf(expected).every((row) => entries.hasRow({ ...row, lsn })) &&
    traceIdsOf(expected).every((traceId) => entries.hasTrace(traceId, lsn))
  );
}
