/** The part of the wire scan inside `AnyValue`: arrays and lists nest, so depth is bounded here. */
import { HIT_INT, HIT_OTHER, HIT_STRING } from "./scan-columns.js";
import { countValue, type ScanState } from "./scan-state.js";
import { enter, fail, readTag, readUint32, skipField } from "./wire-cursor.js";
import {
  ANY_VALUE_FIELDS,
  ARRAY_VALUE_FIELDS,
  KEY_VALUE_FIELDS,
  KEY_VALUE_LIST_FIELDS,
} from "./wire-fields.js";

/** Levels of values inside a value. OTLP wants at least 40 taken; the scan, the decoder and JSON share this limit. */
export const VALUE_DEPTH_MAX = 64;

/** AnyValue's field for profiles: read as empty here. */
const STRING_INDEX = 0x40;

/** Checks an attribute's AnyValue and notes what it holds. A later value merges into an earlier one: the last wins. */
export function walkAttributeValue(state: ScanState, end: number): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) {
      const inner = enter(cursor, end);
      note(state, HIT_STRING, cursor.position, inner);
      cursor.position = inner;
    } else if (tag === 0x18) {
      const at = cursor.position;
      readUint32(cursor, end);
      note(state, HIT_INT, at, cursor.position);
    } else {
      if (isKnown(tag)) note(state, HIT_OTHER, 0, 0);
      walkContainer(state, tag, end, 1);
    }
  }
}

function note(state: ScanState, type: number, at: number, end: number): void {
  state.valueType = type;
  state.valueAt = at;
  state.valueLength = end - at;
}

/** A kind of value from a later OTLP is skipped by the decoder, which keeps what it had. */
function isKnown(tag: number): boolean {
  return tag >>> 3 < ANY_VALUE_FIELDS.length;
}

/** `depth`: the level that values inside would be on. */
function walkContainer(state: ScanState, tag: number, end: number, depth: number): void {
  if (tag === 0x2a) walkArray(state, enter(state.cursor, end), depth);
  else if (tag === 0x32) walkList(state, enter(state.cursor, end), depth);
  else {
    if (tag === STRING_INDEX) state.stringIndexCount++;
    skipField(state.cursor, tag, ANY_VALUE_FIELDS, end);
  }
}

function walkArray(state: ScanState, end: number, depth: number): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) {
      countValue(state);
      walkValue(state, enter(cursor, end), depth);
    } else skipField(cursor, tag, ARRAY_VALUE_FIELDS, end);
  }
}

function walkList(state: ScanState, end: number, depth: number): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) {
      countValue(state);
      walkPair(state, enter(cursor, end), depth);
    } else skipField(cursor, tag, KEY_VALUE_LIST_FIELDS, end);
  }
}

function walkPair(state: ScanState, end: number, depth: number): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x12) walkValue(state, enter(cursor, end), depth);
    else skipField(cursor, tag, KEY_VALUE_FIELDS, end);
  }
}

function walkValue(state: ScanState, end: number, depth: number): void {
  const { cursor } = state;
  if (depth > VALUE_DEPTH_MAX) {
    fail(cursor, `attribute values are nested deeper than ${VALUE_DEPTH_MAX} levels`);
  }
  while (cursor.position < end) walkContainer(state, readTag(cursor, end), end, depth + 1);
}
