/**
 * A cursor over protobuf bytes that never throws. The first thing that makes no sense is noted and moves the cursor
 * to the end of all bytes, so that every loop of the form `while (cursor.position < end)` ends there.
 *
 * Wire format: protobuf "Encoding". Whatever passes here also passes protobufjs, which is stricter than the format:
 * a tag or a length takes at most 5 bytes. Groups (wire types 3 and 4) are no part of proto3 and refused.
 */
import { UNKNOWN_FIELD, WIRE } from "./wire-fields.js";

export interface WireCursor {
  bytes: Buffer;
  /** Of the next byte to read; only ever moves forward. */
  position: number;
  failure: WireFailure | undefined;
}

export interface WireFailure {
  readonly reason: string;
  /** In bytes from the start, of what made no sense. */
  readonly offset: number;
}

/** 64 bits in groups of seven. */
export const VARINT_BYTES_MAX = 10;
/** 29 bits of field number and 3 of wire type. */
const TAG_MAX = 0xffff_ffff;
/** Protobuf messages end at 2 GiB. */
const LENGTH_MAX = 0x7fff_ffff;
const NO_BYTES = Buffer.alloc(0);

export function createWireCursor(): WireCursor {
  return { bytes: NO_BYTES, position: 0, failure: undefined };
}

/** The same memory as a Buffer: one kind of array keeps the scan's code specialised, and Buffer reads hex and text. */
export function startCursor(cursor: WireCursor, bytes: Uint8Array): void {
  cursor.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  cursor.position = 0;
  cursor.failure = undefined;
}

export function fail(cursor: WireCursor, reason: string): void {
  cursor.failure ??= { reason, offset: cursor.position };
  cursor.position = cursor.bytes.length;
}

/** Reads a field's tag, number × 8 + wire type. 0 after a failure. There must be a byte before `end`. */
export function readTag(cursor: WireCursor, end: number): number {
  const first = cursor.bytes[cursor.position] ?? 0;
  if (first >= 0x80 || first < 8) return readLongTag(cursor, end);
  cursor.position++;
  return first;
}

function readLongTag(cursor: WireCursor, end: number): number {
  const begin = cursor.position;
  const tag = readSize(cursor, end, TAG_MAX);
  if (tag >= 8) return tag;
  if (cursor.failure === undefined) {
    cursor.position = begin;
    fail(cursor, "there is no field number 0");
  }
  return 0;
}

/** Reads a length and returns where that many bytes end, which is not behind `end`. */
export function enter(cursor: WireCursor, end: number): number {
  const begin = cursor.position;
  const first = begin < end ? (cursor.bytes[begin] ?? 0) : 0x80;
  if (first < 0x80 && first < end - begin) {
    cursor.position = begin + 1;
    return begin + 1 + first;
  }
  return enterLong(cursor, end);
}

function enterLong(cursor: WireCursor, end: number): number {
  const begin = cursor.position;
  const length = readSize(cursor, end, LENGTH_MAX);
  const left = end - cursor.position;
  if (length <= left) return cursor.position + length;
  if (cursor.failure === undefined) {
    cursor.position = begin;
    fail(cursor, doesNotFit(length, left));
  }
  return cursor.position;
}

function doesNotFit(length: number, left: number): string {
  return `a field of ${length} bytes does not fit into the ${left} bytes left`;
}

/** A tag or a length. */
function readSize(cursor: WireCursor, end: number, max: number): number {
  const { bytes, position: begin } = cursor;
  let size = 0;
  let scale = 1;
  for (let at = begin; at < end && scale <= max; at++) {
    const byte = bytes[at] ?? 0;
    size += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    if (size > max) break;
    cursor.position = at + 1;
    return size;
  }
  fail(
    cursor,
    scale > max ? "a tag or length is too large" : "the bytes end inside a tag or length",
  );
  return 0;
}

/** Reads a varint and returns its low 32 bits, as protobuf does for every type of that size. */
export function readUint32(cursor: WireCursor, end: number): number {
  const { bytes, position: begin } = cursor;
  const stop = Math.min(end, begin + VARINT_BYTES_MAX);
  let value = 0;
  for (let at = begin; at < stop; at++) {
    const byte = bytes[at] ?? 0;
    const shift = 7 * (at - begin);
    // JavaScript would take a shift of 35 for one of 3.
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    cursor.position = at + 1;
    return value >>> 0;
  }
  const isLong = end - begin >= VARINT_BYTES_MAX;
  fail(cursor, isLong ? "a varint is longer than 10 bytes" : "the bytes end inside a varint");
  return 0;
}

/** Moves behind `length` bytes and returns where they stand. */
export function take(cursor: WireCursor, length: number, end: number): number {
  const at = cursor.position;
  const left = end - at;
  if (length > left) fail(cursor, doesNotFit(length, left));
  else cursor.position = at + length;
  return at;
}

/**
 * Moves behind the value of a field that the caller has no use for. `fields` tells the wire type of each field
 * that OTLP defines for this message; one that comes with another is refused, because it would decode to nothing.
 */
export function skipField(cursor: WireCursor, tag: number, fields: Uint8Array, end: number): void {
  const wireType = tag & 7;
  const number = tag >>> 3;
  const expected = number < fields.length ? (fields[number] ?? UNKNOWN_FIELD) : UNKNOWN_FIELD;
  if (expected !== UNKNOWN_FIELD && expected !== wireType) {
    fail(cursor, `field ${number} has wire type ${wireType} where OTLP has ${expected}`);
    return;
  }
  switch (wireType) {
    case WIRE.varint:
      readUint32(cursor, end);
      return;
    case WIRE.fixed64:
      take(cursor, 8, end);
      return;
    case WIRE.bytes:
      cursor.position = enter(cursor, end);
      return;
    case WIRE.fixed32:
      take(cursor, 4, end);
      return;
    default:
      fail(cursor, `wire type ${wireType} is not used by OTLP`);
  }
}

/** Reads a field's text and tells whether it is this one. */
export function isNextText(cursor: WireCursor, text: Buffer, end: number): boolean {
  const inner = enter(cursor, end);
  const isSame = text.compare(cursor.bytes, cursor.position, inner) === 0;
  cursor.position = inner;
  return isSame;
}
