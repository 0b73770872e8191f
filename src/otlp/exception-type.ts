/**
 * The class of the exception that a scanned span recorded last, read from its bytes without decoding it: a backtrace of
 * many kilobytes is passed over and not made into text.
 *
 * Semantic conventions "Exceptions on spans": an event named `exception` with the attribute `exception.type`.
 */
import type { TraceScan } from "./trace-scan.js";
import {
  createWireCursor,
  enter,
  isNextText,
  readTag,
  skipField,
  type WireCursor,
} from "./wire-cursor.js";
import { ANY_VALUE_FIELDS, EVENT_FIELDS, KEY_VALUE_FIELDS, SPAN_FIELDS } from "./wire-fields.js";

const EVENT_NAME = Buffer.from("exception");
const TYPE_KEY = Buffer.from("exception.type");

const cursor = createWireCursor();

/** undefined: it has no such event. "": the event does not say, or not as text. */
export function exceptionType(scan: TraceScan, span: number): string | undefined {
  const begin = scan.spans.offset[span] ?? 0;
  const end = begin + (scan.spans.length[span] ?? 0);
  // The scan has checked these bytes: the cursor cannot fail on them.
  cursor.bytes = scan.bytes;
  cursor.position = begin;
  cursor.failure = undefined;
  let found: string | undefined;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x5a) found = typeOfEvent(cursor, enter(cursor, end)) ?? found;
    else skipField(cursor, tag, SPAN_FIELDS, end);
  }
  return found;
}

/** undefined: an event of another name. */
function typeOfEvent(at: WireCursor, end: number): string | undefined {
  let isException = false;
  let type = "";
  while (at.position < end) {
    const tag = readTag(at, end);
    if (tag === 0x12) isException = isNextText(at, EVENT_NAME, end);
    else if (tag === 0x1a) type = typeOfAttribute(at, enter(at, end)) ?? type;
    else skipField(at, tag, EVENT_FIELDS, end);
  }
  return isException ? type : undefined;
}

/** undefined: another attribute. */
function typeOfAttribute(at: WireCursor, end: number): string | undefined {
  let isType = false;
  let value = "";
  while (at.position < end) {
    const tag = readTag(at, end);
    if (tag === 0x0a) isType = isNextText(at, TYPE_KEY, end);
    else if (tag === 0x12) value = textValue(at, enter(at, end));
    else skipField(at, tag, KEY_VALUE_FIELDS, end);
  }
  return isType ? value : undefined;
}

function textValue(at: WireCursor, end: number): string {
  let value = "";
  while (at.position < end) {
    const tag = readTag(at, end);
    if (tag !== 0x0a) {
      skipField(at, tag, ANY_VALUE_FIELDS, end);
      continue;
    }
    const inner = enter(at, end);
    value = at.bytes.toString("utf8", at.position, inner);
    at.position = inner;
  }
  return value;
}
