/** Everything one scanner reuses from request to request, and the limits on what one request may hold. */
import type { KeyMatcher } from "./key-matcher.js";
import {
  createHitColumns,
  createLogColumns,
  createSectionColumns,
  createSpanColumns,
  type HitColumns,
  type LogColumns,
  type SectionColumns,
  type SpanColumns,
} from "./scan-columns.js";
import { createWireCursor, fail, startCursor, type WireCursor } from "./wire-cursor.js";

// A body of empty messages decodes to a hundred times its size, so counts are bounded beside bytes.

/** The SDKs send 512 at a time, collectors 8,192. */
export const SPANS_PER_REQUEST_MAX = 100_000;
/** Likewise. */
export const LOG_RECORDS_PER_REQUEST_MAX = 100_000;
/** Of the span itself; the SDKs' default is 128, and likewise for events and links. */
export const ATTRIBUTES_PER_SPAN_MAX = 1_000;
export const EVENTS_PER_SPAN_MAX = 1_000;
export const LINKS_PER_SPAN_MAX = 1_000;
/** Of the record itself; the body's own values count for the request. */
export const ATTRIBUTES_PER_LOG_RECORD_MAX = 1_000;
/** Attributes of everything, and the values inside their lists: each becomes an object when decoded. */
export const VALUES_PER_REQUEST_MAX = 1_000_000;
/** Resources, scopes, events, links and entities: the same, for whatever else can repeat. */
export const MESSAGES_PER_REQUEST_MAX = 1_000_000;

/** Not a span: the attributes of resources, scopes, events and links are checked and never reported. */
export const NO_SPAN = -1;

export interface ScanState {
  readonly cursor: WireCursor;
  readonly keys: KeyMatcher;
  readonly spans: SpanColumns;
  // In the one state of both signals, so that what they share runs on objects of one shape.
  readonly logs: LogColumns;
  readonly sections: SectionColumns;
  readonly hits: HitColumns;
  readonly resourceParts: Map<number, number[]>;
  spanCount: number;
  invalidSpanCount: number;
  logCount: number;
  /** Log records whose trace or span id has the wrong length. */
  oddLogIdCount: number;
  resourceCount: number;
  scopeCount: number;
  hitCount: number;
  valueCount: number;
  /** Of the span being read. */
  attributeCount: number;
  messageCount: number;
  /** Parent ids that are neither empty nor of eight bytes. */
  oddParentCount: number;
  /** Values and keys that are an index into a table which traces do not have; profiles use them. */
  stringIndexCount: number;
  /** The attribute value checked last, as in {@link HitColumns}. */
  valueType: number;
  valueAt: number;
  valueLength: number;
}

const NOTHING_FOUND = {
  spanCount: 0,
  invalidSpanCount: 0,
  logCount: 0,
  oddLogIdCount: 0,
  resourceCount: 0,
  scopeCount: 0,
  hitCount: 0,
  valueCount: 0,
  attributeCount: 0,
  messageCount: 0,
  oddParentCount: 0,
  stringIndexCount: 0,
  valueType: 0,
  valueAt: 0,
  valueLength: 0,
};

export function createScanState(keys: KeyMatcher): ScanState {
  return {
    cursor: createWireCursor(),
    keys,
    spans: createSpanColumns(),
    logs: createLogColumns(),
    sections: createSectionColumns(),
    hits: createHitColumns(),
    resourceParts: new Map(),
    ...NOTHING_FOUND,
  };
}

export function startScan(state: ScanState, bytes: Uint8Array): void {
  startCursor(state.cursor, bytes);
  state.resourceParts.clear();
  Object.assign(state, NOTHING_FOUND);
}

export function countValue(state: ScanState): void {
  state.valueCount++;
  boundValues(state);
}

export function boundValues(state: ScanState): void {
  if (state.valueCount > VALUES_PER_REQUEST_MAX) {
    fail(state.cursor, `more than ${VALUES_PER_REQUEST_MAX} attribute values in one request`);
  }
}

export function countMessage(state: ScanState): void {
  if (++state.messageCount > MESSAGES_PER_REQUEST_MAX) {
    fail(
      state.cursor,
      `more than ${MESSAGES_PER_REQUEST_MAX} resources, scopes, events and links in one request`,
    );
  }
}
