/**
 * One log file: a header of 64 bytes, then records. Bytes in, records and damage out; docs/segment-format.md has the
 * layout and says what is done with each kind of damage.
 */
import { crc32 } from "node:zlib";
import { type UnixNano, unixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";
import { align, type LogRecord, readRecord, RECORD_ALIGNMENT } from "./record.js";

export const SEGMENT_HEADER_BYTES = 64;

const MAGIC = Buffer.from("JTL1");

/** A record found after damage may skip at most this many lsns: a segment holds fewer records than that. */
const LSN_SKIP_MAX = 100_000_000;

export interface SegmentHeader {
  readonly firstLsn: Lsn;
  readonly createdAt: UnixNano;
  /** 16 bytes. */
  readonly storeId: Buffer;
  /** How often it was written anew since it was closed: 0 as received, 1 with its plain bodies compressed. */
  readonly generation: number;
}

export type SegmentHeaderRead =
  | { readonly kind: "header"; readonly header: SegmentHeader }
  /** Shorter than a header, or all zero: created and never written. */
  | { readonly kind: "empty" }
  | { readonly kind: "foreign"; readonly reason: string };

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const { firstLsn, createdAt, storeId, generation } = header;
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(firstLsn), 8);
  bytes.writeBigUInt64LE(createdAt, 16);
  storeId.copy(bytes, 24);
  bytes.writeUInt8(generation, 40);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

export function readSegmentHeader(bytes: Buffer): SegmentHeaderRead {
  const header = bytes.subarray(0, SEGMENT_HEADER_BYTES);
  if (header.length < SEGMENT_HEADER_BYTES || header.every((byte) => byte === 0))
    return { kind: "empty" };
  if (!header.subarray(0, 4).equals(MAGIC)) {
    return { kind: "foreign", reason: "it does not begin as a jobtrace log of version 1" };
  }
  if (crc32(header.subarray(8)) !== header.readUInt32LE(4)) {
    return { kind: "foreign", reason: "the checksum of its header does not match" };
  }
  return {
    kind: "header",
    header: {
      firstLsn: Number(header.readBigUInt64LE(8)),
      createdAt: unixNano(header.readBigUInt64LE(16)),
      storeId: Buffer.from(header.subarray(24, 40)),
      generation: header.readUInt8(40),
    },
  };
}

export interface WalkedRecord {
  readonly record: LogRecord;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

export interface DamagedStretch {
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
}

export interface Walk {
  readonly records: readonly WalkedRecord[];
  /** Stretches with a good record after them. */
  readonly damage: readonly DamagedStretch[];
  /** Where the last good record ends, in the file. */
  readonly end: number;
  /** Why the walk stopped before the end of the bytes; undefined: it did not. */
  readonly tail: string | undefined;
}

/**
 * Walks the records in `bytes`, which begin at `base` in the file, with lsns from `fromLsn` on. Damage is skipped as
 * long as a whole record follows; what follows the last whole record is the tail.
 */
export function walkRecords(bytes: Buffer, base: number, fromLsn: Lsn): Walk {
  const records: WalkedRecord[] = [];
  const damage: DamagedStretch[] = [];
  let at = 0;
  let lsnMin = fromLsn;
  while (at < bytes.length) {
    const read = readRecord(bytes, at);
    if (read.kind === "record" && read.record.lsn >= lsnMin) {
      records.push({ record: read.record, offset: base + at });
      lsnMin = read.record.lsn + 1;
      at = read.next;
      continue;
    }
    const reason =
      read.kind === "corrupt"
        ? read.reason
        : read.kind === "record"
          ? "the lsn is out of order"
          : "the bytes end inside a record";
    const next = findRecord(bytes, at + RECORD_ALIGNMENT, lsnMin);
    if (next === undefined) return { records, damage, end: base + at, tail: reason };
    damage.push({ offset: base + at, length: next - at, reason });
    at = next;
  }
  // The last record's padding may not have been written.
  return { records, damage, end: base + Math.min(at, align(bytes.length)), tail: undefined };
}

function findRecord(bytes: Buffer, from: number, lsnMin: Lsn): number | undefined {
  for (let at = from; at + 40 <= bytes.length; at += RECORD_ALIGNMENT) {
    // The lsn alone rejects almost every place, so that the checksum is computed for a few only.
    if (bytes.readUInt32LE(at) === 0) continue;
    const lsn = Number(bytes.readBigUInt64LE(at + 8));
    if (lsn < lsnMin || lsn > lsnMin + LSN_SKIP_MAX) continue;
    if (readRecord(bytes, at).kind === "record") return at;
  }
  return undefined;
}
