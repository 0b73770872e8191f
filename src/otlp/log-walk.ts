/**
 * The part of the wire scan that reads log records.
 *
 * Field numbers are those of `proto/opentelemetry/proto/logs/v1/logs.proto`; a case like 0x4a is field number × 8 +
 * wire type.
 */
import { walkAttribute } from "./attribute-walk.js";
import { idAt } from "./plain-fields.js";
import { growColumns } from "./scan-columns.js";
import {
  ATTRIBUTES_PER_LOG_RECORD_MAX,
  boundValues,
  countValue,
  LOG_RECORDS_PER_REQUEST_MAX,
  type ScanState,
} from "./scan-state.js";
import { walkAttributeValue } from "./value-walk.js";
import { enter, fail, readTag, skipField, take } from "./wire-cursor.js";
import { LOG_RECORD_FIELDS } from "./wire-fields.js";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Checks one LogRecord up to `end` and adds its row. */
export function walkLogRecord(
  state: ScanState,
  end: number,
  resource: number,
  scope: number,
): void {
  const { cursor, logs } = state;
  const row = addLog(state, end, resource, scope);
  let attributeCount = 0;
  let isOdd = false;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    switch (tag) {
      case 0x09:
        logs.timeAt[row] = take(cursor, 8, end);
        break;
      case 0x2a:
        walkBody(state, enter(cursor, end), row);
        break;
      case 0x32:
        attributeCount++;
        walkAttribute(state, enter(cursor, end), row);
        break;
      case 0x4a:
      case 0x52: {
        const inner = enter(cursor, end);
        const length = inner - cursor.position;
        const expected = tag === 0x4a ? TRACE_ID_BYTES : SPAN_ID_BYTES;
        const ids = tag === 0x4a ? logs.traceIdAt : logs.spanIdAt;
        ids[row] = idAt(cursor.bytes, cursor.position, length, expected);
        if (length !== 0 && length !== expected) isOdd = true;
        cursor.position = inner;
        break;
      }
      case 0x59:
        logs.observedAt[row] = take(cursor, 8, end);
        break;
      default:
        skipField(cursor, tag, LOG_RECORD_FIELDS, end);
    }
  }
  boundValues(state);
  if (attributeCount > ATTRIBUTES_PER_LOG_RECORD_MAX)
    fail(cursor, `more than ${ATTRIBUTES_PER_LOG_RECORD_MAX} attributes on one log record`);
  if (isOdd) state.oddLogIdCount++;
}

function addLog(state: ScanState, end: number, resource: number, scope: number): number {
  const { cursor, logs } = state;
  if (state.logCount === LOG_RECORDS_PER_REQUEST_MAX) {
    fail(cursor, `more than ${LOG_RECORDS_PER_REQUEST_MAX} log records in one request`);
    return 0;
  }
  if (state.logCount === logs.offset.length) growColumns(logs);
  const row = state.logCount++;
  logs.offset[row] = cursor.position;
  logs.length[row] = end - cursor.position;
  logs.traceIdAt[row] = 0;
  logs.spanIdAt[row] = 0;
  logs.timeAt[row] = 0;
  logs.observedAt[row] = 0;
  logs.bodyType[row] = 0;
  logs.bodyAt[row] = 0;
  logs.bodyLength[row] = 0;
  logs.resource[row] = resource;
  logs.scope[row] = scope;
  return row;
}

/** A body that stands twice is merged: what an earlier one held stays unless a later one holds something. */
function walkBody(state: ScanState, end: number, row: number): void {
  const { logs } = state;
  countValue(state);
  state.valueType = logs.bodyType[row] ?? 0;
  state.valueAt = logs.bodyAt[row] ?? 0;
  state.valueLength = logs.bodyLength[row] ?? 0;
  walkAttributeValue(state, end);
  logs.bodyType[row] = state.valueType;
  logs.bodyAt[row] = state.valueAt;
  logs.bodyLength[row] = state.valueLength;
}
