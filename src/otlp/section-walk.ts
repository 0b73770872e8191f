/**
 * The part of the wire scan that traces and logs share: resources and scopes, around spans or log records. The messages
 * of both signals have the same fields there, under other names.
 */
import { walkAttribute } from "./attribute-walk.js";
import { growColumns, type HitColumns, type SectionColumns } from "./scan-columns.js";
import { countMessage, NO_SPAN, type ScanState } from "./scan-state.js";
import { enter, readTag, skipField } from "./wire-cursor.js";
import {
  ENTITY_REF_FIELDS,
  REQUEST_FIELDS,
  RESOURCE_FIELDS,
  RESOURCE_SPANS_FIELDS,
  SCOPE_FIELDS,
  SCOPE_SPANS_FIELDS,
} from "./wire-fields.js";

/** What a scan of either signal has. Valid until the next scan by the same scanner. */
export interface SectionScan {
  /** The scanned request: the same memory. */
  readonly bytes: Buffer;
  /** Keys and values that only profiles may have, read as empty. */
  readonly stringIndexCount: number;
  readonly resourceCount: number;
  readonly scopeCount: number;
  readonly hitCount: number;
  readonly sections: Readonly<SectionColumns>;
  readonly hits: Readonly<HitColumns>;
  /**
   * Offset and length, in turn, of every Resource but the last of a section that has several, by resource row.
   * No sender is known to do this; protobuf merges them, and so does `resourceBytes`.
   */
  readonly resourceParts: ReadonlyMap<number, readonly number[]>;
}

/** Checks one Span or LogRecord up to `end` and adds its row. */
export type ItemWalk = (state: ScanState, end: number, resource: number, scope: number) => void;

/** `walkItem`: called at the body of each Span or LogRecord; it leaves the cursor at `end`. */
export function walkRequest(state: ScanState, end: number, walkItem: ItemWalk): void {
  const { cursor } = state;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkSections(state, enter(cursor, end), walkItem);
    else skipField(cursor, tag, REQUEST_FIELDS, end);
  }
}

/** A ResourceSpans or a ResourceLogs. */
function walkSections(state: ScanState, end: number, walkItem: ItemWalk): void {
  const { cursor, sections } = state;
  countMessage(state);
  if (state.resourceCount === sections.resourceOffset.length) growColumns(sections);
  const resource = state.resourceCount++;
  sections.resourceOffset[resource] = 0;
  sections.resourceLength[resource] = 0;
  while (cursor.position < end) {
    const tag = readTag(cursor, end);
    if (tag === 0x0a) walkResource(state, enter(cursor, end), resource);
    else if (tag === 0x12) walkScopeItems(state, enter(cursor, end), resource, walkItem);
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

/** A ScopeSpans or a ScopeLogs. */
function walkScopeItems(state: ScanState, end: number, resource: number, walkItem: ItemWalk): void {
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
    else if (tag === 0x12) walkItem(state, enter(cursor, end), resource, scope);
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
