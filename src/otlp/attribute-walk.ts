/** The part of the wire scan that reads a `KeyValue` in any form that protobuf allows. */
import { addHit, readPlainAttribute } from "./plain-fields.js";
import { countValue, NO_SPAN, type ScanState } from "./scan-state.js";
import { walkAttributeValue } from "./value-walk.js";
import { enter, readTag, skipField } from "./wire-cursor.js";
import { KEY_VALUE_FIELDS } from "./wire-fields.js";

/** KeyValue's field for profiles: read as empty here. */
const KEY_INDEX = 0x18;

/** Checks one KeyValue up to `end`. */
export function walkAttribute(state: ScanState, end: number, span: number): void {
  countValue(state);
  const { cursor } = state;
  if (readPlainAttribute(state, cursor.position, end, span)) cursor.position = end;
  else walkAnyAttribute(state, end, span);
}

/** Any form that protobuf allows. */
function walkAnyAttribute(state: ScanState, end: number, span: number): void {
  const { cursor } = state;
  let keyAt = 0;
  let keyLength = 0;
  state.valueType = 0;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) {
      const inner = enter(cursor, end);
      keyAt = cursor.position;
      keyLength = inner - keyAt;
      cursor.position = inner;
    } else if (tag === 0x12) walkAttributeValue(state, enter(cursor, end));
    else {
      if (tag === KEY_INDEX) state.stringIndexCount++;
      skipField(cursor, tag, KEY_VALUE_FIELDS, end);
    }
  }
  if (span === NO_SPAN || cursor.failure !== undefined) return;
  const key = state.keys.match(cursor.bytes, keyAt, keyLength);
  const { valueType, valueAt, valueLength } = state;
  if (key >= 0) addHit(state, span, key, valueType, valueAt, valueAt + valueLength);
}
