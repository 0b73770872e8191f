/**
 * The part of the wire scan that reads spans, with their events, links and status.
 *
 * Field numbers are those of `proto/opentelemetry/proto/trace/v1/trace.proto`; a case like 0x4a is field number × 8 +
 * wire type.
 */
import { walkAttribute } from "./attribute-walk.js";
import { idAt, readPlainFields } from "./plain-fields.js";
import { growColumns } from "./scan-columns.js";
import {
  ATTRIBUTES_PER_SPAN_MAX,
  boundValues,
  countMessage,
  EVENTS_PER_SPAN_MAX,
  LINKS_PER_SPAN_MAX,
  NO_SPAN,
  type ScanState,
  SPANS_PER_REQUEST_MAX,
} from "./scan-state.js";
import { enter, fail, readTag, readUint32, skipField, take } from "./wire-cursor.js";
import { EVENT_FIELDS, LINK_FIELDS, SPAN_FIELDS, STATUS_FIELDS } from "./wire-fields.js";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Checks one Span up to `end` and adds its row. */
export function walkSpan(state: ScanState, end: number, resource: number, scope: number): void {
  const { cursor, spans } = state;
  const span = addSpan(state, end, resource, scope);
  let eventCount = 0;
  let linkCount = 0;
  state.attributeCount = 0;
  for (;;) {
    cursor.position = readPlainFields(state, cursor.position, end, span);
    if (cursor.position >= end) break;
    const tag = readTag(cursor, end);
    switch (tag) {
      case 0x0a:
        spans.traceIdAt[span] = readId(state, end, TRACE_ID_BYTES);
        break;
      case 0x12:
        spans.spanIdAt[span] = readId(state, end, SPAN_ID_BYTES);
        break;
      case 0x22:
        spans.parentIdAt[span] = readParentId(state, end);
        break;
      case 0x2a: {
        const inner = enter(cursor, end);
        spans.nameAt[span] = cursor.position;
        spans.nameLength[span] = inner - cursor.position;
        cursor.position = inner;
        break;
      }
      case 0x30:
        spans.kind[span] = Math.min(readUint32(cursor, end), 0xff);
        break;
      case 0x39:
        spans.startAt[span] = take(cursor, 8, end);
        break;
      case 0x41:
        spans.endAt[span] = take(cursor, 8, end);
        break;
      case 0x4a:
        state.attributeCount++;
        walkAttribute(state, enter(cursor, end), span);
        break;
      case 0x5a:
        eventCount++;
        walkEvent(state, enter(cursor, end));
        break;
      case 0x6a:
        linkCount++;
        walkLink(state, enter(cursor, end));
        break;
      case 0x7a:
        walkStatus(state, enter(cursor, end), span);
        break;
      default:
        skipField(cursor, tag, SPAN_FIELDS, end);
    }
  }
  boundValues(state);
  bound(state, state.attributeCount, ATTRIBUTES_PER_SPAN_MAX, "attributes");
  bound(state, eventCount, EVENTS_PER_SPAN_MAX, "events");
  bound(state, linkCount, LINKS_PER_SPAN_MAX, "links");
  const idsValid = spans.traceIdAt[span] !== 0 && spans.spanIdAt[span] !== 0;
  spans.idsValid[span] = idsValid ? 1 : 0;
  if (!idsValid) state.invalidSpanCount++;
}

function addSpan(state: ScanState, end: number, resource: number, scope: number): number {
  const { cursor, spans } = state;
  if (state.spanCount === SPANS_PER_REQUEST_MAX) {
    fail(cursor, `more than ${SPANS_PER_REQUEST_MAX} spans in one request`);
    return 0;
  }
  if (state.spanCount === spans.offset.length) growColumns(spans);
  const span = state.spanCount++;
  spans.offset[span] = cursor.position;
  spans.length[span] = end - cursor.position;
  spans.traceIdAt[span] = 0;
  spans.spanIdAt[span] = 0;
  spans.parentIdAt[span] = 0;
  spans.kind[span] = 0;
  spans.statusCode[span] = 0;
  spans.startAt[span] = 0;
  spans.endAt[span] = 0;
  spans.nameAt[span] = 0;
  spans.nameLength[span] = 0;
  spans.resource[span] = resource;
  spans.scope[span] = scope;
  return span;
}

function readId(state: ScanState, end: number, length: number): number {
  const { cursor } = state;
  const inner = enter(cursor, end);
  const at = cursor.position;
  cursor.position = inner;
  return idAt(cursor.bytes, at, inner - at, length);
}

/** A parent id of the wrong length is no reason to lose the span: it is read as a root, and told. */
function readParentId(state: ScanState, end: number): number {
  const { cursor } = state;
  const before = cursor.position;
  const at = readId(state, end, SPAN_ID_BYTES);
  // Tag and length stand before it; an empty one is a single byte of length.
  const isEmpty = cursor.position - before === 1;
  if (at === 0 && !isEmpty && !isZeroId(cursor.bytes, cursor.position)) state.oddParentCount++;
  return at;
}

/** Whether the eight bytes before `end` are zero, and a length of eight before them. */
function isZeroId(bytes: Uint8Array, end: number): boolean {
  for (let at = end - SPAN_ID_BYTES; at < end; at++) if (bytes[at] !== 0) return false;
  return bytes[end - SPAN_ID_BYTES - 1] === SPAN_ID_BYTES;
}

function walkEvent(state: ScanState, end: number): void {
  const { cursor } = state;
  countMessage(state);
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x1a) walkAttribute(state, enter(cursor, end), NO_SPAN);
    else skipField(cursor, tag, EVENT_FIELDS, end);
  }
}

function walkLink(state: ScanState, end: number): void {
  const { cursor } = state;
  countMessage(state);
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x22) walkAttribute(state, enter(cursor, end), NO_SPAN);
    else skipField(cursor, tag, LINK_FIELDS, end);
  }
}

function walkStatus(state: ScanState, end: number, span: number): void {
  const { cursor, spans } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x18) spans.statusCode[span] = Math.min(readUint32(cursor, end), 0xff);
    else skipField(cursor, tag, STATUS_FIELDS, end);
  }
}

function bound(state: ScanState, count: number, max: number, what: string): void {
  if (count > max) fail(state.cursor, `more than ${max} ${what} on one span`);
}
