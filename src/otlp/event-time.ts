/** When an event of a scanned span was, read from its bytes without decoding them. */
import type { TraceScan } from "./trace-scan.js";
import {
  createWireCursor,
  enter,
  isNextText,
  readTag,
  skipField,
  take,
  type WireCursor,
} from "./wire-cursor.js";
import { EVENT_FIELDS, SPAN_FIELDS } from "./wire-fields.js";

const cursor = createWireCursor();

/**
 * Where the time of the span's first event of this name stands: a fixed64 in nanoseconds, in bytes from the start of the
 * request. 0: it has no such event, or the event has no time.
 */
export function eventTimeAt(scan: TraceScan, span: number, name: Buffer): number {
  const begin = scan.spans.offset[span] ?? 0;
  const end = begin + (scan.spans.length[span] ?? 0);
  // The scan has checked these bytes: the cursor cannot fail on them.
  cursor.bytes = scan.bytes;
  cursor.position = begin;
  cursor.failure = undefined;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag !== 0x5a) {
      skipField(cursor, tag, SPAN_FIELDS, end);
      continue;
    }
    const at = timeOfEvent(cursor, enter(cursor, end), name);
    if (at !== undefined) return at;
  }
  return 0;
}

/** undefined: an event of another name. */
function timeOfEvent(at: WireCursor, end: number, name: Buffer): number | undefined {
  let isNamed = false;
  let timeAt = 0;
  while (at.position < end) {
    const tag = readTag(at, end);
    if (tag === 0x09) timeAt = take(at, 8, end);
    else if (tag === 0x12) isNamed = isNextText(at, name, end);
    else skipField(at, tag, EVENT_FIELDS, end);
  }
  return isNamed ? timeAt : undefined;
}
