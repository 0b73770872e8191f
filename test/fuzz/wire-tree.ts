/**
 * A protobuf message as a tree that can be changed and written again, with lengths that fit or, where a mutation says
 * so, that do not. What is a message and what is text is read from the declarations in `proto/`.
 */
import protobuf from "protobufjs";
import { messageOf } from "../otlp/otlp-schema.js";

export interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** The value without tag and length. Absent from a message whose fields were changed: it is written from them. */
  readonly value?: Uint8Array;
  /** Of a message. */
  readonly fields?: readonly WireField[];
  /** Bytes put before the value in place of the tag, and of the length where there is one. */
  readonly head?: Uint8Array;
}

/** `bytes`: a valid message of this type. */
export function readTree(bytes: Uint8Array, type: protobuf.Type): readonly WireField[] {
  const reader = protobuf.Reader.create(Buffer.from(bytes));
  const fields: WireField[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === 2) {
      const value = reader.bytes();
      const declared = type.fieldsById[number];
      const inner = declared === undefined ? undefined : messageOf(declared);
      fields.push({
        number,
        wireType,
        value,
        ...(inner === undefined ? {} : { fields: readTree(value, inner) }),
      });
    } else {
      const begin = reader.pos;
      reader.skipType(wireType);
      fields.push({ number, wireType, value: bytes.subarray(begin, reader.pos) });
    }
  }
  return fields;
}

export function writeTree(fields: readonly WireField[]): Buffer {
  const parts: Uint8Array[] = [];
  write(fields, parts);
  return Buffer.concat(parts);
}

/** Appends to `parts` and returns how many bytes that were: lengths are known only after what they count. */
function write(fields: readonly WireField[], parts: Uint8Array[]): number {
  let total = 0;
  for (const { number, wireType, value, fields: inner = [], head } of fields) {
    const place = parts.push(NOTHING) - 1;
    const length = value === undefined ? write(inner, parts) : value.length;
    const before = head ?? headOf(number, wireType, length);
    parts[place] = before;
    if (value !== undefined) parts.push(value);
    total += before.length + length;
  }
  return total;
}

const NOTHING = new Uint8Array(0);

export function headOf(number: number, wireType: number, length: number): Uint8Array {
  const tag = number * 8 + wireType;
  if (wireType === 2 && tag < 0x80 && length < 0x80) return Uint8Array.of(tag, length);
  if (wireType !== 2 && tag < 0x80) return Uint8Array.of(tag);
  return Uint8Array.from([...varint(tag), ...(wireType === 2 ? varint(length) : [])]);
}

/** `padding`: bytes more than needed, which protobuf allows. */
export function varint(value: number, padding = 0): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  for (let i = 0; i < padding; i++) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(0);
  }
  return bytes;
}
