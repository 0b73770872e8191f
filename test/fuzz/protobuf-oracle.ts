/**
 * What a request must look like, told a second time and in the plainest way: by the declarations in `proto/`, one
 * recursive function, slow. The wire scan must accept exactly what this accepts; only limits on counts are left out.
 */
import protobuf from "protobufjs";
import { VALUE_DEPTH_MAX } from "../../src/otlp/value-walk.js";
import { messageOf, messageType, requestType } from "../otlp/otlp-schema.js";

const MALFORMED = Symbol("malformed");

const WIRE_TYPES: Readonly<Record<string, number>> = {
  bool: 0,
  int32: 0,
  uint32: 0,
  int64: 0,
  fixed64: 1,
  double: 1,
  string: 2,
  bytes: 2,
  fixed32: 5,
};

interface Declared {
  readonly wireType: number;
  readonly inner: Shape | undefined;
}

interface Shape {
  readonly isValue: boolean;
  readonly fields: ReadonlyMap<number, Declared>;
}

const anyValueType = messageType("common.v1.AnyValue");
const shapes = new Map<protobuf.Type, Shape>();
const requestShape = shapeOf(requestType);

/** Looked up once for each type: asking protobufjs for every field takes most of the time. */
function shapeOf(type: protobuf.Type): Shape {
  const known = shapes.get(type);
  if (known !== undefined) return known;
  const fields = new Map<number, Declared>();
  const shape = { isValue: type === anyValueType, fields };
  // Values hold values, so the shape is known before its fields are.
  shapes.set(type, shape);
  for (const field of type.fieldsArray) {
    const inner = messageOf(field);
    const wireType = inner === undefined ? (WIRE_TYPES[field.type] ?? 0) : 2;
    fields.set(field.id, { wireType, inner: inner && shapeOf(inner) });
  }
  return shape;
}

/** Whether `bytes` are an `ExportTraceServiceRequest`, its counts aside. */
export function isRequest(bytes: Uint8Array): boolean {
  try {
    check(bytes, 0, bytes.length, requestShape, -1);
    return true;
  } catch (error) {
    if (error === MALFORMED) return false;
    throw error;
  }
}

/** `depth`: of the value that this is inside of; -1 outside of values. */
function check(bytes: Uint8Array, from: number, end: number, shape: Shape, depth: number): void {
  const level = shape.isValue ? depth + 1 : depth;
  if (level > VALUE_DEPTH_MAX) throw MALFORMED;
  let at = from;
  const size = (): number => {
    const value = small(bytes, at, end);
    at = value.next;
    return value.number;
  };
  while (at < end) {
    const tag = size();
    const wireType = tag % 8;
    const field = shape.fields.get(Math.floor(tag / 8));
    if (tag < 8 || tag > 0xffff_ffff) throw MALFORMED;
    if (field !== undefined && field.wireType !== wireType) throw MALFORMED;
    if (wireType === 0) at = varintEnd(bytes, at, end);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = size();
      if (length > 0x7fff_ffff || at + length > end) throw MALFORMED;
      if (field?.inner !== undefined) check(bytes, at, at + length, field.inner, level);
      at += length;
    } else throw MALFORMED;
    if (at > end) throw MALFORMED;
  }
}

/** A tag or length: at most five bytes. */
function small(
  bytes: Uint8Array,
  from: number,
  end: number,
): { readonly number: number; readonly next: number } {
  const next = varintEnd(bytes, from, Math.min(end, from + 5));
  let number = 0;
  for (let at = next - 1; at >= from; at--) number = number * 0x80 + ((bytes[at] ?? 0) & 0x7f);
  return { number, next };
}

function varintEnd(bytes: Uint8Array, from: number, end: number): number {
  const stop = Math.min(end, from + 10);
  for (let at = from; at < stop; at++) if ((bytes[at] ?? 0) < 0x80) return at + 1;
  throw MALFORMED;
}
