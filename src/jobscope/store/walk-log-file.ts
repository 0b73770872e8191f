/**
 * The records of a log file one after another, one in memory at a time. Behind the first damage it reads the rest of
 * the file at once and does what every reader does, so that all agree on what is damaged.
 */
import type { Lsn } from "./job-store.js";
import { readOpen } from "./read-file.js";
import { type LogRecord, readRecord, RECORD_HEADER_BYTES } from "./record.js";
import { type DamagedStretch, SEGMENT_HEADER_BYTES, walkRecords } from "./segment.js";

export type LogPart =
  | {
      readonly kind: "record";
      readonly record: LogRecord;
      /** Bytes from the start of the file. */
      readonly offset: number;
    }
  /** A whole record comes after it. */
  | ({ readonly kind: "damage" } & DamagedStretch)
  /** Nothing whole comes after it. */
  | ({ readonly kind: "tail" } & DamagedStretch);

/** `size`: where to end; a writer may append meanwhile. */
export function* walkLogFile(fd: number, firstLsn: Lsn, size: number): Iterable<LogPart> {
  let lsnMin = firstLsn;
  let at = SEGMENT_HEADER_BYTES;
  while (at < size) {
    const read = readRecordAt(fd, at, size);
    if (read.kind !== "record" || read.record.lsn < lsnMin) {
      yield* walkRest(fd, at, size, lsnMin);
      return;
    }
    yield { kind: "record", record: read.record, offset: at };
    lsnMin = read.record.lsn + 1;
    at += read.next;
  }
}

function readRecordAt(fd: number, at: number, size: number): ReturnType<typeof readRecord> {
  const header = readOpen(fd, at, RECORD_HEADER_BYTES);
  if (header.length < RECORD_HEADER_BYTES) return { kind: "incomplete" };
  const length = RECORD_HEADER_BYTES + header.readUInt32LE(0);
  // A damaged length must not make us allocate more than the file holds.
  return at + length > size ? { kind: "incomplete" } : readRecord(readOpen(fd, at, length), 0);
}

function* walkRest(fd: number, at: number, size: number, lsnMin: Lsn): Iterable<LogPart> {
  const bytes = readOpen(fd, at, size - at);
  const { records, damage, end, tail } = walkRecords(bytes, at, lsnMin);
  const parts = [
    ...records.map((walked) => ({ kind: "record", ...walked }) as const),
    ...damage.map((stretch) => ({ kind: "damage", ...stretch }) as const),
  ];
  yield* parts.sort((a, b) => a.offset - b.offset);
  if (tail !== undefined)
    yield { kind: "tail", offset: end, length: at + bytes.length - end, reason: tail };
}
