/**
 * The short way through the fields of a Span that are written as every SDK writes them: lengths below 16 KiB, attributes
 * that hold one text, number or truth value. It works on local variables, where span-walk.ts moves a cursor with which
 * every form that protobuf allows can be read, and is four times as fast.
 *
 * It stops before the first field that is written in another way, which that walk then takes; so it may know only forms
 * that the walk accepts, and must find the same in them.
 */
import { growColumns, HIT_INT, HIT_OTHER, HIT_STRING, type SpanColumns } from "./scan-columns.js";
import { NO_SPAN, type ScanState } from "./scan-state.js";
import { VARINT_BYTES_MAX } from "./wire-cursor.js";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** How the value of a Span's field is written, by the first byte of its tag; 0 for every other byte. */
const FORMS = new Uint8Array(256);
const SIZED = 1;
const FIXED64 = 2;
const COUNT = 3;
const FLAGS = 4;
/** Ids, trace state, parent, name, attributes: what has a length and no fields of its own to check. */
for (const tag of [0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x4a]) FORMS[tag] = SIZED;
for (const tag of [0x39, 0x41]) FORMS[tag] = FIXED64;
/** The kind, and how much was dropped. */
for (const tag of [0x30, 0x50, 0x60, 0x70]) FORMS[tag] = COUNT;
/** Field 16: its tag takes two bytes. */
FORMS[0x85] = FLAGS;

/** Reads fields from `begin` on and returns where it stopped: at `end`, or at the tag of a field it leaves. */
export function readPlainFields(
  state: ScanState,
  begin: number,
  end: number,
  span: number,
): number {
  const { bytes } = state.cursor;
  const { spans } = state;
  let attributeCount = 0;
  let at = begin;
  // Reading behind the end would be harmless and slow: the engine keeps such code unspecialised.
  while (at < end - 1) {
    const tag = bytes[at] ?? 0;
    const form = FORMS[tag] ?? 0;
    const first = bytes[at + 1] ?? 0;
    if (form === SIZED) {
      let value = at + 2;
      let length = first;
      if (length >= 0x80) {
        const high = value < end ? (bytes[value] ?? 0) : 0x80;
        if (high >= 0x80) break;
        length = (length & 0x7f) | (high << 7);
        value++;
      }
      const next = value + length;
      if (next > end) break;
      if (tag === 0x4a) {
        if (!readPlainAttribute(state, value, next, span)) break;
        attributeCount++;
      } else if (tag === 0x22 && length !== SPAN_ID_BYTES && length !== 0) break;
      else noteSized(spans, bytes, span, tag, value, length);
      at = next;
    } else if (form === FIXED64) {
      if (at + 9 > end) break;
      if (tag === 0x39) spans.startAt[span] = at + 1;
      else spans.endAt[span] = at + 1;
      at += 9;
    } else if (form === COUNT) {
      if (first >= 0x80) break;
      if (tag === 0x30) spans.kind[span] = first;
      at += 2;
    } else {
      if (form !== FLAGS || first !== 0x01 || at + 6 > end) break;
      at += 6;
    }
  }
  state.attributeCount += attributeCount;
  state.valueCount += attributeCount;
  return at;
}

function noteSized(
  spans: SpanColumns,
  bytes: Uint8Array,
  span: number,
  tag: number,
  at: number,
  length: number,
): void {
  if (tag === 0x0a) spans.traceIdAt[span] = idAt(bytes, at, length, TRACE_ID_BYTES);
  else if (tag === 0x12) spans.spanIdAt[span] = idAt(bytes, at, length, SPAN_ID_BYTES);
  else if (tag === 0x22) spans.parentIdAt[span] = idAt(bytes, at, length, SPAN_ID_BYTES);
  else if (tag === 0x2a) {
    spans.nameAt[span] = at;
    spans.nameLength[span] = length;
  }
}

/** Where an id of this length that is not all zero stands; 0 for anything else, which OTLP calls invalid. */
export function idAt(bytes: Uint8Array, at: number, length: number, expected: number): number {
  if (length !== expected) return 0;
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return at;
  return 0;
}

/**
 * Checks a KeyValue from `at` to `end` that is a key and then one text, number or truth value, and notes it when its key is
 * wanted. false: it is written in another way.
 */
export function readPlainAttribute(
  state: ScanState,
  at: number,
  end: number,
  span: number,
): boolean {
  const { bytes } = state.cursor;
  // An empty key and an empty text: tag and length of each, and of the value around the text.
  if (end - at < 6 || bytes[at] !== 0x0a) return false;
  const keyLength = bytes[at + 1] ?? 0x80;
  let value = at + 2 + keyLength;
  if (keyLength >= 0x80 || value + 4 > end || bytes[value] !== 0x12) return false;
  let length = bytes[value + 1] ?? 0;
  value += 2;
  if (length >= 0x80) {
    const high = bytes[value] ?? 0x80;
    if (high >= 0x80) return false;
    length = (length & 0x7f) | (high << 7);
    value++;
  }
  if (value + length !== end || length < 2) return false;
  const text = textAt(bytes, value, end);
  const type = text > 0 ? HIT_STRING : numberType(bytes, value, end);
  if (type === 0) return false;
  if (span === NO_SPAN || state.keys.lengths[keyLength] === 0) return true;
  const key = state.keys.match(bytes, at + 2, keyLength);
  if (key >= 0) addHit(state, span, key, type, text > 0 ? text : value + 1, end);
  return true;
}

/** Where the text of an AnyValue from `at` to `end`, of at least two bytes, stands; 0 when it is not just a text. */
function textAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x0a) return 0;
  const length = bytes[at + 1] ?? 0;
  if (length < 0x80) return at + 2 + length === end ? at + 2 : 0;
  const high = at + 2 < end ? (bytes[at + 2] ?? 0x80) : 0x80;
  return high < 0x80 && at + 3 + ((length & 0x7f) | (high << 7)) === end ? at + 3 : 0;
}

/** HIT_INT or HIT_OTHER for an AnyValue that is just a number or a truth value; else 0. */
function numberType(bytes: Uint8Array, at: number, end: number): number {
  const tag = bytes[at];
  if (tag === 0x21) return end - at === 9 ? HIT_OTHER : 0;
  if ((tag !== 0x18 && tag !== 0x10) || end - at > 1 + VARINT_BYTES_MAX) return 0;
  for (let i = at + 1; i < end - 1; i++) if ((bytes[i] ?? 0) < 0x80) return 0;
  if ((bytes[end - 1] ?? 0x80) >= 0x80) return 0;
  return tag === 0x18 ? HIT_INT : HIT_OTHER;
}

/** A value of another type is noted without its place: it has no text. */
export function addHit(
  state: ScanState,
  span: number,
  key: number,
  type: number,
  valueAt: number,
  valueEnd: number,
): void {
  const { hits } = state;
  if (state.hitCount === hits.span.length) growColumns(hits);
  const row = state.hitCount++;
  const hasPlace = type !== HIT_OTHER;
  hits.span[row] = span;
  hits.key[row] = key;
  hits.type[row] = type;
  hits.valueAt[row] = hasPlace ? valueAt : 0;
  hits.valueLength[row] = hasPlace ? valueEnd - valueAt : 0;
}
