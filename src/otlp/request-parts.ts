/**
 * A trace request taken apart into its spans and put together again, byte for byte: what every message says beside its
 * spans is kept as it stood, known or not, so a request can be split, filtered or given other spans and nothing else about
 * it changes. Wire format: protobuf "Encoding".
 */
import {
  createWireCursor,
  enter,
  readTag,
  skipField,
  startCursor,
  type WireCursor,
} from "./wire-cursor.js";
import { REQUEST_FIELDS, RESOURCE_SPANS_FIELDS, SCOPE_SPANS_FIELDS } from "./wire-fields.js";

/** One ResourceSpans. */
export interface ResourcePart {
  /** Every field but the ScopeSpans, with tags, in their order. */
  readonly head: Buffer;
  readonly scopes: readonly ScopePart[];
}

/** One ScopeSpans. */
export interface ScopePart {
  /** Every field but the spans, with tags, in their order. */
  readonly head: Buffer;
  /** Bodies of Span messages. */
  readonly spans: readonly Buffer[];
}

/** Fields 1 of the request, 2 of ResourceSpans and 2 of ScopeSpans: length-delimited messages. */
const RESOURCE_SPANS_TAG = 0x0a;
const SCOPE_SPANS_TAG = 0x12;
const SPAN_TAG = 0x12;

/** Views of `request`. Spans stand in the order in which the wire scan counts them. undefined: it is no request. */
export function requestParts(request: Uint8Array): readonly ResourcePart[] | undefined {
  const cursor = createWireCursor();
  startCursor(cursor, request);
  const resources: ResourcePart[] = [];
  while (cursor.position < request.length) {
    const tag = readTag(cursor, request.length);
    if (tag === RESOURCE_SPANS_TAG)
      resources.push(resourcePart(cursor, enter(cursor, request.length)));
    else skipField(cursor, tag, REQUEST_FIELDS, request.length);
  }
  return cursor.failure === undefined ? resources : undefined;
}

function resourcePart(cursor: WireCursor, end: number): ResourcePart {
  const head: Buffer[] = [];
  const scopes: ScopePart[] = [];
  while (cursor.position < end) {
    const begin = cursor.position;
    const tag = readTag(cursor, end);
    if (tag === SCOPE_SPANS_TAG) scopes.push(scopePart(cursor, enter(cursor, end)));
    else {
      skipField(cursor, tag, RESOURCE_SPANS_FIELDS, end);
      head.push(cursor.bytes.subarray(begin, cursor.position));
    }
  }
  return { head: joined(head), scopes };
}

function scopePart(cursor: WireCursor, end: number): ScopePart {
  const head: Buffer[] = [];
  const spans: Buffer[] = [];
  while (cursor.position < end) {
    const begin = cursor.position;
    const tag = readTag(cursor, end);
    if (tag === SPAN_TAG) {
      const spanEnd = enter(cursor, end);
      spans.push(cursor.bytes.subarray(cursor.position, spanEnd));
      cursor.position = spanEnd;
    } else {
      skipField(cursor, tag, SCOPE_SPANS_FIELDS, end);
      head.push(cursor.bytes.subarray(begin, cursor.position));
    }
  }
  return { head: joined(head), spans };
}

/** Nearly always one field. */
function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
}

/** Parts without spans are left out: an empty envelope tells a collector nothing. */
export function writeRequest(resources: readonly ResourcePart[]): Buffer {
  const out = Buffer.allocUnsafe(requestBytes(resources));
  let at = 0;
  const put = (bytes: Buffer): void => {
    out.set(bytes, at);
    at += bytes.length;
  };
  for (const { head, scopes } of resources) {
    const length = resourceBytes(head, scopes);
    if (length === 0) continue;
    at = writeTagAndLength(out, at, RESOURCE_SPANS_TAG, length);
    put(head);
    for (const scope of scopes) {
      if (scope.spans.length === 0) continue;
      at = writeTagAndLength(out, at, SCOPE_SPANS_TAG, scopeBytes(scope));
      put(scope.head);
      for (const span of scope.spans) {
        at = writeTagAndLength(out, at, SPAN_TAG, span.length);
        put(span);
      }
    }
  }
  return out;
}

/** Bytes that {@link writeRequest} gives. */
export function requestBytes(resources: readonly ResourcePart[]): number {
  let total = 0;
  for (const { head, scopes } of resources) {
    const length = resourceBytes(head, scopes);
    if (length > 0) total += messageBytes(length);
  }
  return total;
}

/** Of the body of a ResourceSpans; 0: it has no span. */
function resourceBytes(head: Buffer, scopes: readonly ScopePart[]): number {
  let length = 0;
  for (const scope of scopes) if (scope.spans.length > 0) length += messageBytes(scopeBytes(scope));
  return length === 0 ? 0 : head.length + length;
}

/** Of the body of a ScopeSpans. */
function scopeBytes({ head, spans }: ScopePart): number {
  let length = head.length;
  for (const span of spans) length += messageBytes(span.length);
  return length;
}

export function spanCount(resources: readonly ResourcePart[]): number {
  let count = 0;
  for (const { scopes } of resources) for (const { spans } of scopes) count += spans.length;
  return count;
}

/** The first `count` spans, and the others; each with what stands around them. */
export function splitParts(
  resources: readonly ResourcePart[],
  count: number,
): readonly [readonly ResourcePart[], readonly ResourcePart[]] {
  let left = count;
  const first: ResourcePart[] = [];
  const second: ResourcePart[] = [];
  for (const { head, scopes } of resources) {
    const before: ScopePart[] = [];
    const after: ScopePart[] = [];
    for (const scope of scopes) {
      const taken = Math.min(left, scope.spans.length);
      left -= taken;
      if (taken > 0) before.push({ head: scope.head, spans: scope.spans.slice(0, taken) });
      if (taken < scope.spans.length)
        after.push({ head: scope.head, spans: scope.spans.slice(taken) });
    }
    if (before.length > 0) first.push({ head, scopes: before });
    if (after.length > 0) second.push({ head, scopes: after });
  }
  return [first, second];
}

/** Of a length-delimited field with a number below 16. */
function messageBytes(length: number): number {
  let bytes = 2 + length;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Of a field with a number below 16. */
export function tagAndLength(tag: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(messageBytes(length) - length);
  writeTagAndLength(bytes, 0, tag, length);
  return bytes;
}

/** Writes the same at `at` and returns where it ends. */
export function writeTagAndLength(out: Buffer, at: number, tag: number, length: number): number {
  let end = at;
  out[end++] = tag;
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) out[end++] = (rest & 0x7f) | 0x80;
  out[end++] = rest;
  return end;
}
