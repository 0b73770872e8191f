/**
 * The wire scan: walks an `ExportTraceServiceRequest` without decoding it.
 *
 * It checks the structure of everything OTLP 1.x defines (lengths, varints, wire types, nesting, counts), so what
 * scans can also be decoded, and notes where the ids, times, kind, status and a few wanted attributes of each span
 * stand. Fields may come in any order and may repeat; unknown ones are skipped, as protobuf asks. It never throws and
 * never reads past the end. Wire format: protobuf "Encoding".
 */
import { walkAttribute } from "./attribute-walk.js";
import { createKeyMatcher } from "./key-matcher.js";
import {
  growColumns,
  type HitColumns,
  type SectionColumns,
  type SpanColumns,
} from "./scan-columns.js";
import { countMessage, createScanState, NO_SPAN, type ScanState, startScan } from "./scan-state.js";
import { walkSpan } from "./span-walk.js";
import { enter, readTag, skipField } from "./wire-cursor.js";
import {
  ENTITY_REF_FIELDS,
  REQUEST_FIELDS,
  RESOURCE_FIELDS,
  RESOURCE_SPANS_FIELDS,
  SCOPE_FIELDS,
  SCOPE_SPANS_FIELDS,
} from "./wire-fields.js";

/** Valid until the next scan by the same scanner. */
export interface TraceScan {
  /** The scanned request: the same memory. */
  readonly bytes: Buffer;
  readonly spanCount: number;
  /** Spans whose ids are not valid: they are kept in the log, rejected to the sender and never shown. */
  readonly invalidSpanCount: number;
  /** Spans kept as roots because their parent id has the wrong length. */
  readonly oddParentCount: number;
  /** Keys and values that only profiles may have, read as empty. */
  readonly stringIndexCount: number;
  readonly resourceCount: number;
  readonly scopeCount: number;
  readonly hitCount: number;
  readonly spans: Readonly<SpanColumns>;
  readonly sections: Readonly<SectionColumns>;
  readonly hits: Readonly<HitColumns>;
  /**
   * Offset and length, in turn, of every Resource but the last of a ResourceSpans that has several, by resource row.
   * No sender is known to do this; protobuf merges them, and so does `resourceBytes`.
   */
  readonly resourceParts: ReadonlyMap<number, readonly number[]>;
}

export type ScanResult =
  | { readonly kind: "scanned"; readonly scan: TraceScan }
  /** `offset`: bytes from the start of the request to where it stopped making sense. */
  | { readonly kind: "malformed"; readonly reason: string; readonly offset: number };

export type TraceScanner = (bytes: Uint8Array) => ScanResult;

/**
 * `wantedKeys`: span attributes to report as hits, at most 65,535. The scanner is not reentrant: its columns are
 * reused.
 */
export function createTraceScanner(wantedKeys: readonly string[]): TraceScanner {
  const state = createScanState(createKeyMatcher(wantedKeys));
  return (bytes) => {
    startScan(state, bytes);
    walkRequest(state, bytes.length);
    const { failure } = state.cursor;
    return failure === undefined
      ? { kind: "scanned", scan: scanOf(state) }
      : { kind: "malformed", ...failure };
  };
}

function scanOf(state: ScanState): TraceScan {
  const { spans, sections, hits, resourceParts } = state;
  const { spanCount, invalidSpanCount, resourceCount, scopeCount, hitCount } = state;
  const { oddParentCount, stringIndexCount } = state;
  const counts = { spanCount, invalidSpanCount, resourceCount, scopeCount, hitCount };
  const odd = { oddParentCount, stringIndexCount };
  return { bytes: state.cursor.bytes, spans, sections, hits, resourceParts, ...counts, ...odd };
}

function walkRequest(state: ScanState, end: number): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkResourceSpans(state, enter(cursor, end));
    else skipField(cursor, tag, REQUEST_FIELDS, end);
  }
}

function walkResourceSpans(state: ScanState, end: number): void {
  const { cursor, sections } = state;
  countMessage(state);
  if (state.resourceCount === sections.resourceOffset.length) growColumns(sections);
  const resource = state.resourceCount++;
  sections.resourceOffset[resource] = 0;
  sections.resourceLength[resource] = 0;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkResource(state, enter(cursor, end), resource);
    else if (tag === 0x12) walkScopeSpans(state, enter(cursor, end), resource);
    else skipField(cursor, tag, RESOURCE_SPANS_FIELDS, end);
  }
}

function walkResource(state: ScanState, end: number, resource: number): void {
  const { cursor, sections } = state;
  const previous = sections.resourceOffset[resource] ?? 0;
  if (previous !== 0) addPart(state, resource, previous, sections.resourceLength[resource] ?? 0);
  sections.resourceOffset[resource] = cursor.position;
  sections.resourceLength[resource] = end - cursor.position;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkAttribute(state, enter(cursor, end), NO_SPAN);
    else if (tag === 0x1a) walkEntityRef(state, enter(cursor, end));
    else skipField(cursor, tag, RESOURCE_FIELDS, end);
  }
}

function addPart(state: ScanState, resource: number, offset: number, length: number): void {
  countMessage(state);
  const parts = state.resourceParts.get(resource);
  if (parts === undefined) state.resourceParts.set(resource, [offset, length]);
  else parts.push(offset, length);
}

/** Its keys are counted, for a list of empty ones is as cheap to send as any. */
function walkEntityRef(state: ScanState, end: number): void {
  const { cursor } = state;
  countMessage(state);
  while (cursor.position < end) {
    countMessage(state);
    skipField(cursor, readTag(cursor, end), ENTITY_REF_FIELDS, end);
  }
}

function walkScopeSpans(state: ScanState, end: number, resource: number): void {
  const { cursor, sections } = state;
  countMessage(state);
  if (state.scopeCount === sections.scopeNameAt.length) growColumns(sections);
  const scope = state.scopeCount++;
  sections.scopeNameAt[scope] = 0;
  sections.scopeNameLength[scope] = 0;
  sections.scopeVersionAt[scope] = 0;
  sections.scopeVersionLength[scope] = 0;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkScope(state, enter(cursor, end), scope);
    else if (tag === 0x12) walkSpan(state, enter(cursor, end), resource, scope);
    else skipField(cursor, tag, SCOPE_SPANS_FIELDS, end);
  }
}

function walkScope(state: ScanState, end: number, scope: number): void {
  const { cursor, sections } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a || tag === 0x12) {
      const inner = enter(cursor, end);
      const at = cursor.position;
      cursor.position = inner;
      (tag === 0x0a ? sections.scopeNameAt : sections.scopeVersionAt)[scope] = at;
      (tag === 0x0a ? sections.scopeNameLength : sections.scopeVersionLength)[scope] = inner - at;
    } else if (tag === 0x1a) walkAttribute(state, enter(cursor, end), NO_SPAN);
    else skipField(cursor, tag, SCOPE_FIELDS, end);
  }
}
