/**
 * A Span message with other ids and further attributes, made from its bytes: nothing else about it changes, known or not.
 * Fields of opentelemetry-proto `trace.proto`: 1 trace_id, 4 parent_span_id, 9 attributes.
 */
import { tagAndLength, writeTagAndLength } from "./request-parts.js";
import { createWireCursor, enter, readTag, skipField, startCursor } from "./wire-cursor.js";
import { SPAN_FIELDS } from "./wire-fields.js";

const TRACE_ID_TAG = 0x0a;
const PARENT_TAG = 0x22;
const ATTRIBUTE_TAG = 0x4a;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
/** Tag, length and id. */
const PARENT_FIELD_BYTES = 2 + SPAN_ID_BYTES;

export interface SpanChanges {
  /** 16 bytes. */
  readonly traceId: Buffer;
  /** 8 bytes; undefined: as it is. */
  readonly parentSpanId: Buffer | undefined;
  /** Made by {@link encodeAttributes}; added behind those there are. */
  readonly attributes: readonly Buffer[];
}

const cursor = createWireCursor();

/** `span`: the body of a Span message that the wire scan took, with valid ids. */
export function rewriteSpan(
  span: Buffer,
  { traceId, parentSpanId, attributes }: SpanChanges,
): Buffer {
  let added = parentSpanId === undefined ? 0 : PARENT_FIELD_BYTES;
  for (const each of attributes) added += each.length;
  const out = Buffer.allocUnsafe(span.length + added);
  out.set(span);
  let at = span.length;
  const hasParent = replaceIds(out.subarray(0, at), traceId, parentSpanId);
  if (parentSpanId !== undefined && !hasParent) {
    at = writeTagAndLength(out, at, PARENT_TAG, SPAN_ID_BYTES);
    out.set(parentSpanId, at);
    at += SPAN_ID_BYTES;
  }
  for (const each of attributes) {
    out.set(each, at);
    at += each.length;
  }
  return out.subarray(0, at);
}

/** Returns whether there was a parent to replace. */
function replaceIds(span: Buffer, traceId: Buffer, parentSpanId: Buffer | undefined): boolean {
  startCursor(cursor, span);
  let hasParent = false;
  while (cursor.position < span.length) {
    const tag = readTag(cursor, span.length);
    if (tag === TRACE_ID_TAG || (tag === PARENT_TAG && parentSpanId !== undefined)) {
      const end = enter(cursor, span.length);
      const at = cursor.position;
      if (tag === TRACE_ID_TAG && end - at === TRACE_ID_BYTES) span.set(traceId, at);
      if (tag === PARENT_TAG && parentSpanId !== undefined && end - at === SPAN_ID_BYTES) {
        span.set(parentSpanId, at);
        hasParent = true;
      }
      cursor.position = end;
    } else skipField(cursor, tag, SPAN_FIELDS, span.length);
  }
  return hasParent;
}

/** A text attribute whose value always has the same length, without what is the same in all of them being made anew. */
export interface TextAttribute {
  readonly bytes: number;
  /** Writes it at `at`, tag included, and returns where it ends. `text`: ASCII, of the length it was made for. */
  write(out: Buffer, at: number, text: string): number;
}

export function textAttributeOf(key: string, length: number): TextAttribute {
  const template = encodeAttributes({ [key]: " ".repeat(length) });
  const valueAt = template.length - length;
  return {
    bytes: template.length,
    write(out, at, text) {
      out.set(template, at);
      out.write(text, at + valueAt, "latin1");
      return at + template.length;
    },
  };
}

/** Span attributes as they stand in a Span message, tags included. Whole numbers become integers. */
export function encodeAttributes(
  attributes: Readonly<Record<string, string | number | undefined>>,
): Buffer {
  const parts: Buffer[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const any = typeof value === "number" ? intValue(value) : textValue(value);
    const keyBytes = Buffer.from(key, "utf8");
    const pair = Buffer.concat([
      tagAndLength(0x0a, keyBytes.length),
      keyBytes,
      tagAndLength(0x12, any.length),
      any,
    ]);
    parts.push(tagAndLength(ATTRIBUTE_TAG, pair.length), pair);
  }
  return Buffer.concat(parts);
}

/** AnyValue, field 1: string_value. */
function textValue(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([tagAndLength(0x0a, bytes.length), bytes]);
}

/** AnyValue, field 3: int_value. `value`: a whole number from 0. */
function intValue(value: number): Buffer {
  return tagAndLength(0x18, value);
}
