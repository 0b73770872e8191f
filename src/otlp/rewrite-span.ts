/**
 * A Span message with other ids and further attributes, made from its bytes: nothing else about it changes, known or not.
 * Fields of opentelemetry-proto `trace.proto`: 1 trace_id, 4 parent_span_id, 9 attributes.
 */
import { tagAndLength } from "./request-parts.js";
import { createWireCursor, enter, readTag, skipField, startCursor } from "./wire-cursor.js";
import { SPAN_FIELDS } from "./wire-fields.js";

const TRACE_ID_TAG = 0x0a;
const PARENT_TAG = 0x22;
const ATTRIBUTE_TAG = 0x4a;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export interface SpanChanges {
  /** 16 bytes. */
  readonly traceId: Buffer;
  /** 8 bytes; undefined: as it is. */
  readonly parentSpanId: Buffer | undefined;
  /** Made by {@link encodeAttributes}; added behind those there are. */
  readonly attributes: readonly Buffer[];
}

/** `span`: the body of a Span message that the wire scan took, with valid ids. */
export function rewriteSpan(span: Buffer, changes: SpanChanges): Buffer {
  const { traceId, parentSpanId, attributes } = changes;
  const copy = Buffer.from(span);
  const cursor = createWireCursor();
  startCursor(cursor, copy);
  let hasParent = false;
  while (cursor.position < copy.length) {
    const tag = readTag(cursor, copy.length);
    if (tag === TRACE_ID_TAG || (tag === PARENT_TAG && parentSpanId !== undefined)) {
      const end = enter(cursor, copy.length);
      const at = cursor.position;
      if (tag === TRACE_ID_TAG && end - at === TRACE_ID_BYTES) traceId.copy(copy, at);
      if (tag === PARENT_TAG && end - at === SPAN_ID_BYTES) {
        parentSpanId?.copy(copy, at);
        hasParent = true;
      }
      cursor.position = end;
    } else skipField(cursor, tag, SPAN_FIELDS, copy.length);
  }
  const parent =
    parentSpanId === undefined || hasParent
      ? []
      : [tagAndLength(PARENT_TAG, SPAN_ID_BYTES), parentSpanId];
  return Buffer.concat([copy, ...parent, ...attributes]);
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
