/**
 * The records of the log one after another, whatever files they lie in, without an index: for who reads all of it. Goes
 * on where it stopped when the log has grown. A file that is replaced or deleted meanwhile is read to its end.
 */
import { closeSync, fstatSync } from "node:fs";
import type { Lsn } from "./job-store.js";
import { openIfThere, readOpen } from "./read-file.js";
import { type LogRecord, readRecord, RECORD_HEADER_BYTES, recordBytes } from "./record.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, walkRecords } from "./segment.js";
import { listSegments, logFile, type StoreFolder } from "./store-folder.js";

/** A place in the log: everything before it was there when it was taken. */
export interface LogEnd {
  /** Of the newest segment; undefined: there is none. */
  readonly segment: Lsn | undefined;
  /** Of its file. Bytes. */
  readonly size: number;
}

export interface LogTail {
  /** The lsn that the next record has at least. */
  readonly position: Lsn;
  /** The next whole record before `end`; undefined: there is none. What is damaged is passed over. */
  next(end: LogEnd): LogRecord | undefined;
  close(): void;
}

interface OpenFile {
  readonly fd: number;
  readonly segment: Lsn;
  /** Where the next record begins. Bytes. */
  at: number;
}

export function logEnd(folder: StoreFolder): LogEnd {
  const segment = listSegments(folder.path).at(-1);
  const fd = segment === undefined ? undefined : openIfThere(logFile(folder.path, segment));
  if (fd === undefined) return { segment: undefined, size: 0 };
  const { size } = fstatSync(fd);
  closeSync(fd);
  return { segment, size };
}

/** Begins at the first record with `from` or a later lsn. */
export function openLogTail(folder: StoreFolder, from: Lsn): LogTail {
  let position = from;
  let open: OpenFile | undefined;

  /** The segment that holds `position`, or the first one behind it. */
  function openNext(): OpenFile | undefined {
    const segments = listSegments(folder.path);
    const within = open === undefined ? segments.findLast((first) => first <= position) : undefined;
    const before = open?.segment ?? -1;
    for (const segment of segments) {
      if (segment <= before || (within !== undefined && segment < within)) continue;
      const fd = openIfThere(logFile(folder.path, segment));
      if (fd === undefined) continue;
      if (isOfStore(fd, folder)) return { fd, segment, at: SEGMENT_HEADER_BYTES };
      closeSync(fd);
    }
    return undefined;
  }

  /** The next record of the open file. `size`: of what may be read of it. */
  function nextInFile(file: OpenFile, size: number): LogRecord | undefined {
    while (file.at < size) {
      const read = readRecordAt(file, size, position);
      if (read === "earlier") continue;
      if (read !== undefined) return read;
      const bytes = readOpen(file.fd, file.at, size - file.at);
      const [found] = walkRecords(bytes, file.at, position).records;
      if (found === undefined) return undefined;
      file.at = found.offset + recordBytes(found.record.body.length);
      return found.record;
    }
    return undefined;
  }

  return {
    get position() {
      return position;
    },
    next(end) {
      if (end.segment === undefined) return undefined;
      for (;;) {
        open ??= openNext();
        if (open === undefined || open.segment > end.segment) return undefined;
        const isLast = open.segment === end.segment;
        const size = fstatSync(open.fd).size;
        const record = nextInFile(open, isLast ? Math.min(size, end.size) : size);
        if (record !== undefined) {
          position = record.lsn + 1;
          return record;
        }
        if (isLast) return undefined;
        const following = openNext();
        if (following === undefined) return undefined;
        closeSync(open.fd);
        open = following;
        position = Math.max(position, following.segment);
      }
    },
    close() {
      if (open !== undefined) closeSync(open.fd);
      open = undefined;
    },
  };
}

/** A file that was just created says nothing yet; it is asked again. */
function isOfStore(fd: number, { storeId }: StoreFolder): boolean {
  const read = readSegmentHeader(readOpen(fd, 0, SEGMENT_HEADER_BYTES));
  return read.kind === "header" && read.header.storeId.equals(storeId);
}

/** undefined: there is no whole record there that belongs there. */
function readRecordAt(
  file: OpenFile,
  size: number,
  lsnMin: Lsn,
): LogRecord | "earlier" | undefined {
  const { fd, at } = file;
  const header = readOpen(fd, at, Math.min(RECORD_HEADER_BYTES, size - at));
  if (header.length < RECORD_HEADER_BYTES) return undefined;
  const length = RECORD_HEADER_BYTES + header.readUInt32LE(0);
  // A damaged length must not make us allocate more than the file holds.
  if (length === RECORD_HEADER_BYTES || at + length > size) return undefined;
  if (Number(header.readBigUInt64LE(8)) < lsnMin) {
    file.at += recordBytes(length - RECORD_HEADER_BYTES);
    return "earlier";
  }
  const read = readRecord(readOpen(fd, at, length), 0);
  if (read.kind !== "record") return undefined;
  file.at += recordBytes(length - RECORD_HEADER_BYTES);
  return read.record;
}
