/**
 * One record of the log: a header of 40 bytes, the body as it was received, padding to a multiple of 8.
 *
 * The layout is written in docs/segment-format.md. Nothing here touches a file: bytes in, a record or what is
 * wrong with them out.
 */
import { crc32 } from "node:zlib";
import { type UnixNano, unixNano } from "../model/time.js";
import type { BatchSignal, Codec, Lsn } from "./job-store.js";

export const RECORD_HEADER_BYTES = 40;
export const RECORD_ALIGNMENT = 8;

/** Above any request the receiver accepts; a length over this is damage, not data. */
export const BODY_BYTES_MAX = 128 * 1024 * 1024;

/** By the type in the header, from 1 on. */
const SIGNALS = ["traces", "logs"] as const;
const CODECS: readonly Codec[] = ["identity", "gzip", "brotli"];

export interface RecordHeader {
  readonly lsn: Lsn;
  readonly signal: BatchSignal;
  readonly receivedAt: UnixNano;
  readonly rawBytes: number;
  readonly codec: Codec;
  readonly spanCount: number;
  readonly logCount: number;
}

export interface LogRecord extends RecordHeader {
  readonly body: Uint8Array;
}

export type RecordRead =
  | { readonly kind: "record"; readonly record: LogRecord; readonly next: number }
  /** The bytes end inside this record: it may still be written, or was cut. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "corrupt"; readonly reason: string };

/** Bytes from the start of one record to the start of the next. */
export function recordBytes(bodyLength: number): number {
  return align(RECORD_HEADER_BYTES + bodyLength);
}

/** @throws RangeError for a body that no record holds. */
export function checkBody({ length }: Uint8Array): void {
  if (length === 0 || length > BODY_BYTES_MAX) {
    throw new RangeError(
      `cannot write a record of ${length} bytes: the limit is ${BODY_BYTES_MAX}`,
    );
  }
}

/** Writes a record's header at `at`, all but the lsn and the checksum. The body and the padding belong behind it. */
export function writeRecordHeader(
  bytes: Buffer,
  at: number,
  header: Omit<LogRecord, "lsn" | "signal"> & { readonly signal: "traces" | "logs" },
): void {
  bytes.fill(0, at, at + RECORD_HEADER_BYTES);
  bytes.writeUInt32LE(header.body.length, at);
  bytes.writeBigUInt64LE(header.receivedAt, at + 16);
  bytes.writeUInt32LE(header.rawBytes, at + 24);
  bytes.writeUInt8(CODECS.indexOf(header.codec), at + 28);
  bytes.writeUInt8(SIGNALS.indexOf(header.signal) + 1, at + 29);
  bytes.writeUInt32LE(header.spanCount, at + 32);
  bytes.writeUInt32LE(header.logCount, at + 36);
}

/** Numbers the record at `at`, whose body stands behind its header, and seals it with its checksum. */
export function finishRecordHeader(bytes: Buffer, at: number, lsn: Lsn): void {
  bytes.writeUInt32LE(lsn % 0x1_0000_0000, at + 8);
  bytes.writeUInt32LE(Math.floor(lsn / 0x1_0000_0000), at + 12);
  const end = at + RECORD_HEADER_BYTES + bytes.readUInt32LE(at);
  bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, end)), at + 4);
}

/** `offset`: where the record begins in `bytes`. The body is a view of `bytes`. */
export function readRecord(bytes: Buffer, offset: number): RecordRead {
  const have = bytes.length - offset;
  if (have < RECORD_HEADER_BYTES) return { kind: "incomplete" };
  const bodyLength = bytes.readUInt32LE(offset);
  if (bodyLength === 0) return { kind: "corrupt", reason: "the length is zero" };
  if (bodyLength > BODY_BYTES_MAX)
    return { kind: "corrupt", reason: `the length ${bodyLength} is over the limit` };
  if (have < RECORD_HEADER_BYTES + bodyLength) return { kind: "incomplete" };

  const body = bytes.subarray(
    offset + RECORD_HEADER_BYTES,
    offset + RECORD_HEADER_BYTES + bodyLength,
  );
  const header = bytes.subarray(offset + 8, offset + RECORD_HEADER_BYTES);
  if (crc32(body, crc32(header)) !== bytes.readUInt32LE(offset + 4)) {
    return { kind: "corrupt", reason: "the checksum does not match" };
  }
  const codec = CODECS[header[20] ?? 0];
  if (codec === undefined)
    return { kind: "corrupt", reason: `the codec ${header[20]} is not known` };
  const record: LogRecord = {
    lsn: Number(header.readBigUInt64LE(0)),
    signal: SIGNALS[(header[21] ?? 0) - 1] ?? "unknown",
    receivedAt: unixNano(header.readBigUInt64LE(8)),
    rawBytes: header.readUInt32LE(16),
    codec,
    spanCount: header.readUInt32LE(24),
    logCount: header.readUInt32LE(28),
    body,
  };
  return { kind: "record", record, next: offset + recordBytes(bodyLength) };
}

export function align(bytes: number): number {
  return Math.ceil(bytes / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}
