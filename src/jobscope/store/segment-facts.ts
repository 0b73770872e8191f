/**
 * What retention has to know of a segment, read from the headers of its records: 40 bytes of each, no body.
 *
 * From the log and not from the index, because what is deleted is decided by it. docs/segment-format.md has the layout.
 */
import { closeSync, fstatSync } from "node:fs";
import { type UnixNano, unixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";
import { openIfThere, readOpen } from "./read-file.js";
import { BODY_BYTES_MAX, RECORD_HEADER_BYTES, recordBytes } from "./record.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, walkRecords } from "./segment.js";
import { logFile, type StoreFolder } from "./store-folder.js";

export interface RecordFacts {
  readonly lsn: Lsn;
  readonly receivedAt: UnixNano;
  readonly spanCount: number;
  /** Of the whole record in the log. */
  readonly bytes: number;
}

export interface RecordSum {
  /** When the segment was begun; undefined: it was never written to. */
  readonly createdAt: UnixNano | undefined;
  readonly spanCount: number;
  /** Of the whole records. */
  readonly bytes: number;
  /** The earliest and the latest time of receipt; undefined: no record can be read. */
  readonly oldest: UnixNano | undefined;
  readonly newest: UnixNano | undefined;
}

/** Headers read before others get a turn: a millisecond or so. */
const HEADERS_PER_TURN = 512;

/**
 * The records of a segment from `fromLsn` on, counted.
 * undefined: the file is gone, or is not of this store; such a file is nobody's to delete.
 */
export async function sumRecords(
  folder: StoreFolder,
  firstLsn: Lsn,
  fromLsn: Lsn = firstLsn,
): Promise<RecordSum | undefined> {
  const fd = openIfThere(logFile(folder.path, firstLsn));
  if (fd === undefined) return undefined;
  try {
    const read = readSegmentHeader(readOpen(fd, 0, SEGMENT_HEADER_BYTES));
    if (read.kind === "foreign") return undefined;
    let sum: RecordSum = {
      createdAt: undefined,
      spanCount: 0,
      bytes: 0,
      oldest: undefined,
      newest: undefined,
    };
    if (read.kind === "empty") return sum;
    if (!read.header.storeId.equals(folder.storeId)) return undefined;
    sum = { ...sum, createdAt: read.header.createdAt };
    let turn = 0;
    for (const record of recordFacts(fd, firstLsn)) {
      if (record.lsn >= fromLsn) sum = add(sum, record);
      if (++turn % HEADERS_PER_TURN === 0) await new Promise(setImmediate);
    }
    return sum;
  } finally {
    closeSync(fd);
  }
}

function add(sum: RecordSum, { receivedAt, spanCount, bytes }: RecordFacts): RecordSum {
  const { oldest = receivedAt, newest = receivedAt } = sum;
  return {
    ...sum,
    spanCount: sum.spanCount + spanCount,
    bytes: sum.bytes + bytes,
    oldest: receivedAt < oldest ? receivedAt : oldest,
    newest: receivedAt > newest ? receivedAt : newest,
  };
}

/** Steps from header to header. A header that cannot be one is damage: from there the checksums are looked at. */
function* recordFacts(fd: number, firstLsn: Lsn): Iterable<RecordFacts> {
  const size = fstatSync(fd).size;
  let lsnMin = firstLsn;
  for (let at = SEGMENT_HEADER_BYTES; at + RECORD_HEADER_BYTES <= size; ) {
    const header = readOpen(fd, at, RECORD_HEADER_BYTES);
    const bodyLength = header.readUInt32LE(0);
    const lsn = Number(header.readBigUInt64LE(8));
    const isPossible =
      bodyLength > 0 &&
      bodyLength <= BODY_BYTES_MAX &&
      lsn === lsnMin &&
      at + RECORD_HEADER_BYTES + bodyLength <= size;
    if (!isPossible) {
      yield* walkRecords(readOpen(fd, at, size - at), at, lsnMin).records.map(({ record }) => ({
        ...record,
        bytes: recordBytes(record.body.length),
      }));
      return;
    }
    yield {
      lsn,
      receivedAt: unixNano(header.readBigUInt64LE(16)),
      spanCount: header.readUInt32LE(32),
      bytes: recordBytes(bodyLength),
    };
    lsnMin = lsn + 1;
    at += recordBytes(bodyLength);
  }
}
