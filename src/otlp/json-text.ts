/**
 * A trace or logs request in protobuf → the same request as one line of OTLP/JSON, the form in which OTLP's file exporter
 * writes it. The way back is `otlp-json.ts`.
 *
 * Driven by the same table of fields: what stands on the wire is written, also an empty text or a zero, and in the order of
 * the wire, so that reading it back gives the bytes it was made of. Only fields that OTLP does not define have no place in
 * JSON, and what is no UTF-8 becomes U+FFFD. Mapping: OTLP specification, "JSON Protobuf Encoding".
 */
import {
  ANY_VALUE,
  type JsonField,
  type JsonMessage,
  type JsonScalar,
  KEY_VALUE,
  LOG_RECORD,
  LOGS_REQUEST,
  REQUEST,
  SPAN_STATUS,
} from "./json-fields.js";
import type { Signal } from "./signal.js";
import { createWireCursor, enter, readTag, startCursor, take } from "./wire-cursor.js";
import { WIRE } from "./wire-fields.js";

/**
 * What a text is written as. `key`: of the attribute that holds it; `status.message` and `log.body` for the two texts beside
 * attributes that say what happened.
 */
export type TextOf = (key: string, text: string) => string;

/** `request`: what the wire scan accepted. */
export function otlpToJson(request: Uint8Array, signal: Signal, textOf?: TextOf): string {
  const bytes = Buffer.from(request.buffer, request.byteOffset, request.byteLength);
  return messageText(signal === "logs" ? LOGS_REQUEST : REQUEST, bytes, { textOf, key: undefined });
}

interface Place {
  readonly textOf: TextOf | undefined;
  readonly key: string | undefined;
}

const numbered = new WeakMap<JsonMessage, ReadonlyMap<number, JsonField>>();

function byNumber(message: JsonMessage): ReadonlyMap<number, JsonField> {
  const known =
    numbered.get(message) ?? new Map([...message.values()].map((field) => [field.number, field]));
  numbered.set(message, known);
  return known;
}

function messageText(message: JsonMessage, bytes: Buffer, place: Place): string {
  const found = valuesOf(message, bytes);
  // One value of several is none: as everywhere in protobuf, the last one counts.
  const fields = message === ANY_VALUE ? [...found].slice(-1) : [...found];
  const inside = placeInside(message, found, place);
  const members = fields.map(([field, values]) => {
    const texts = (field.isList ? values : oneOf(field, values)).map((value) =>
      valueText(field, value, inside(field)),
    );
    return `"${field.name}":${field.isList ? `[${texts.join(",")}]` : texts.join("")}`;
  });
  return `{${members.join(",")}}`;
}

/** Only texts that a `textOf` may change need to know where they stand. */
function placeInside(
  message: JsonMessage,
  found: ReadonlyMap<JsonField, readonly Buffer[]>,
  place: Place,
): (field: JsonField) => Place {
  if (place.textOf === undefined) return () => place;
  if (message === KEY_VALUE) {
    const name = [...found].find(([{ number }]) => number === 1)?.[1].at(-1);
    const key = place.key ?? name?.toString("utf8") ?? "";
    return ({ number }) => (number === 2 ? { ...place, key } : place);
  }
  if (message === SPAN_STATUS) return () => ({ ...place, key: "status.message" });
  if (message === LOG_RECORD)
    return ({ name }) => (name === "body" ? { ...place, key: "log.body" } : place);
  return () => place;
}

/** Bodies of messages, and the bytes of scalars as they stand on the wire; in the order in which fields appear last. */
function valuesOf(message: JsonMessage, bytes: Buffer): ReadonlyMap<JsonField, readonly Buffer[]> {
  const fields = byNumber(message);
  const found = new Map<JsonField, Buffer[]>();
  const cursor = createWireCursor();
  startCursor(cursor, bytes);
  while (cursor.position < bytes.length) {
    const tag = readTag(cursor, bytes.length);
    const value = valueBytes(cursor, tag & 7, bytes);
    const field = fields.get(tag >>> 3);
    if (field === undefined) continue;
    const own = found.get(field);
    if (own === undefined) found.set(field, [value]);
    else {
      own.push(value);
      if (message !== ANY_VALUE) continue;
      found.delete(field);
      found.set(field, own);
    }
  }
  return found;
}

function valueBytes(
  cursor: ReturnType<typeof createWireCursor>,
  wireType: number,
  bytes: Buffer,
): Buffer {
  if (wireType === WIRE.bytes) {
    const end = enter(cursor, bytes.length);
    const from = cursor.position;
    cursor.position = end;
    return bytes.subarray(from, end);
  }
  const from = cursor.position;
  if (wireType === WIRE.fixed64) take(cursor, 8, bytes.length);
  else if (wireType === WIRE.fixed32) take(cursor, 4, bytes.length);
  else while ((bytes[cursor.position++] ?? 0) >= 0x80);
  return bytes.subarray(from, cursor.position);
}

/** A scalar that is repeated: its last one. Of messages protobuf makes one, by joining their bytes. */
function oneOf({ type }: JsonField, values: readonly Buffer[]): readonly Buffer[] {
  if (values.length === 1) return values;
  return typeof type === "function" ? [Buffer.concat(values)] : values.slice(-1);
}

function valueText({ type }: JsonField, value: Buffer, place: Place): string {
  return typeof type === "function"
    ? messageText(type(), value, place)
    : scalarText(type, value, place);
}

function scalarText(type: JsonScalar, value: Buffer, { textOf, key }: Place): string {
  switch (type) {
    case "string": {
      const text = value.toString("utf8");
      return JSON.stringify(textOf === undefined || key === undefined ? text : textOf(key, text));
    }
    case "bytes":
      return `"${value.toString("base64")}"`;
    case "id":
      return `"${value.toString("hex")}"`;
    case "bool":
      return varint(value) === 0n ? "false" : "true";
    case "double":
      return doubleText(value.readDoubleLE());
    case "fixed64":
      return `"${value.readBigUInt64LE()}"`;
    case "fixed32":
      return String(value.readUInt32LE());
    case "int64":
      return `"${BigInt.asIntN(64, varint(value))}"`;
    case "uint32":
      return String(BigInt.asUintN(32, varint(value)));
    case "int32":
    case "spanKind":
    case "severityNumber":
    case "statusCode":
      return String(BigInt.asIntN(32, varint(value)));
  }
}

function varint(bytes: Buffer): bigint {
  const [first = 0] = bytes;
  if (bytes.length === 1) return BigInt(first);
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--)
    value = (value << 7n) | BigInt((bytes[at] ?? 0) & 0x7f);
  return value;
}

/** JSON has no number for three doubles, and JavaScript no text for a fourth. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
