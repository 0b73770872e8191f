/** A LogRecord message with another trace id, made from its bytes. Field of opentelemetry-proto `logs.proto`: 9 trace_id. */
import { createWireCursor, enter, readTag, skipField, startCursor } from "./wire-cursor.js";
import { LOG_RECORD_FIELDS } from "./wire-fields.js";

const TRACE_ID_TAG = 0x4a;

/** `record`: the body of a LogRecord message that the wire scan took. One that is of no trace stays so. */
export function withTraceId(record: Buffer, traceId: Buffer): Buffer {
  const out = Buffer.from(record);
  const cursor = createWireCursor();
  startCursor(cursor, out);
  while (cursor.position < out.length) {
    const tag = readTag(cursor, out.length);
    if (tag !== TRACE_ID_TAG) {
      skipField(cursor, tag, LOG_RECORD_FIELDS, out.length);
      continue;
    }
    const end = enter(cursor, out.length);
    if (end - cursor.position === traceId.length) out.set(traceId, cursor.position);
    cursor.position = end;
  }
  return out;
}
