/**
 * Decoded OTLP messages → the model's spans. Only the spans asked for are decoded, each resource and scope once.
 */
import { parseSpanId, parseTraceId } from "../jobscope/model/ids.js";
import type {
  Attributes,
  AttributeValue,
  Scope,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  StatusCode,
} from "../jobscope/model/span.js";
import { unixNano } from "../jobscope/model/time.js";
import {
  decodeResource,
  decodeSpan,
  type OtlpAnyValue,
  type OtlpKeyValue,
  type OtlpSpan,
} from "../otlp/decode.js";
import { resourceBytes, scopeName, scopeVersion } from "../otlp/scan-text.js";
import type { SectionScan } from "../otlp/section-walk.js";
import { createTraceScanner, type TraceScan } from "../otlp/trace-scan.js";

const scanWithoutKeys = createTraceScanner([]);

const KINDS: readonly SpanKind[] = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
];
const STATUS_CODES: readonly StatusCode[] = ["unset", "ok", "error"];

/**
 * The spans of one inflated request that `select` chooses, in their order: it is given a span's index in the request
 * and the scan, good until it returns, and must not call this function. Spans with invalid ids are never given.
 * Empty for bytes that are not a request.
 */
export function spansOf(
  raw: Uint8Array,
  select: (index: number, scan: TraceScan) => boolean = () => true,
): readonly Span[] {
  const result = scanWithoutKeys(raw);
  if (result.kind === "malformed") return [];
  const { scan } = result;
  const resources = new Map<number, Attributes>();
  const scopes = new Map<number, Scope>();
  const texts = onceEach();
  const spans: Span[] = [];
  for (let index = 0; index < scan.spanCount; index++) {
    if (scan.spans.idsValid[index] === 0 || !select(index, scan)) continue;
    const resourceRow = scan.spans.resource[index] ?? 0;
    const resource = remember(resources, resourceRow, (row) => resourceOf(scan, row));
    const scope = remember(scopes, scan.spans.scope[index] ?? 0, (row) => scopeOf(scan, row));
    const offset = scan.spans.offset[index] ?? 0;
    const message = decodeSpan(
      scan.bytes.subarray(offset, offset + (scan.spans.length[index] ?? 0)),
    );
    const span = spanFromOtlp(message, resource, scope, texts);
    if (span !== undefined) spans.push(span);
  }
  return spans;
}

/** Where each span of one inflated request stands, so that single ones are decoded without another scan. */
export interface SpanTable {
  readonly spanCount: number;
  /** Of the Span message's body, bytes from the start of the request. */
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly resources: readonly Attributes[];
  readonly scopes: readonly Scope[];
  /** Of each span, a place in `resources` and in `scopes`. */
  readonly resourceOfSpan: Uint32Array;
  readonly scopeOfSpan: Uint32Array;
}

/** Of bytes that are not a request: one without spans. */
export function spanTableOf(raw: Uint8Array): SpanTable {
  const result = scanWithoutKeys(raw);
  const spanCount = result.kind === "malformed" ? 0 : result.scan.spanCount;
  const resources: Attributes[] = [];
  const scopes: Scope[] = [];
  if (result.kind === "scanned") {
    const { scan } = result;
    for (let index = 0; index < spanCount; index++) {
      const resource = scan.spans.resource[index] ?? 0;
      resources[resource] ??= resourceOf(scan, resource);
      const scope = scan.spans.scope[index] ?? 0;
      scopes[scope] ??= scopeOf(scan, scope);
    }
  }
  const column = (name: "offset" | "length" | "resource" | "scope"): Uint32Array =>
    result.kind === "malformed" ? new Uint32Array(0) : result.scan.spans[name].slice(0, spanCount);
  return {
    spanCount,
    offsets: column("offset"),
    lengths: column("length"),
    resources,
    scopes,
    resourceOfSpan: column("resource"),
    scopeOfSpan: column("scope"),
  };
}

/** `raw`: what the table is of. undefined: no such span, or one with invalid ids. */
export function spanAt(raw: Uint8Array, table: SpanTable, index: number): Span | undefined {
  const resource = table.resources[table.resourceOfSpan[index] ?? 0];
  const scope = table.scopes[table.scopeOfSpan[index] ?? 0];
  if (index >= table.spanCount || resource === undefined || scope === undefined) return undefined;
  const offset = table.offsets[index] ?? 0;
  const message = decodeSpan(raw.subarray(offset, offset + (table.lengths[index] ?? 0)));
  return spanFromOtlp(message, resource, scope);
}

function remember<Value>(
  cache: Map<number, Value>,
  key: number,
  make: (key: number) => Value,
): Value {
  const value = cache.get(key) ?? make(key);
  cache.set(key, value);
  return value;
}

/** `resource`: a row of the sections. */
export function resourceOf(scan: SectionScan, resource: number): Attributes {
  return attributesOf(decodeResource(resourceBytes(scan, resource)).attributes);
}

/** Likewise. */
export function scopeOf(scan: SectionScan, scope: number): Scope {
  return { name: scopeName(scan, scope), version: scopeVersion(scan, scope) };
}

export function spanFromOtlp(
  message: OtlpSpan,
  resource: Attributes,
  scope: Scope,
  texts: OnceEach = asItIs,
): Span | undefined {
  const traceId = parseTraceId(texts(hex(message.traceId)));
  const spanId = parseSpanId(hex(message.spanId));
  if (traceId === undefined || spanId === undefined) return undefined;
  return {
    traceId,
    spanId,
    parentSpanId: parseSpanId(texts(hex(message.parentSpanId))),
    name: texts(message.name),
    kind: KINDS[message.kind] ?? "unspecified",
    start: unixNano(uint64(message.startTimeUnixNano)),
    end: unixNano(uint64(message.endTimeUnixNano)),
    status: message.status == null ? UNSET : statusOf(message.status),
    attributes: attributesOf(message.attributes, texts),
    events: message.events.length === 0 ? NONE : message.events.map(eventOf),
    links:
      message.links.length === 0
        ? NONE
        : message.links.map(linkOf).filter((link) => link !== undefined),
    flags: message.flags,
    scope,
    resource,
  };
}

const NONE: readonly never[] = [];
const UNSET: Span["status"] = { code: "unset", message: "" };

function statusOf({ code, message }: NonNullable<OtlpSpan["status"]>): Span["status"] {
  return { code: STATUS_CODES[code ?? 0] ?? "unset", message: message ?? "" };
}

/** Gives equal texts as one: those of a batch's spans are mostly the same, and a job may have 200,000 spans. */
type OnceEach = (text: string) => string;

/** Longer texts are seldom the same. */
const ONCE_LENGTH_MAX = 64;

function onceEach(): OnceEach {
  const known = new Map<string, string>();
  return (text) => {
    if (text.length > ONCE_LENGTH_MAX) return text;
    const first = known.get(text);
    if (first !== undefined) return first;
    known.set(text, text);
    return text;
  };
}

function asItIs(text: string): string {
  return text;
}

function eventOf(event: OtlpSpan["events"][number]): SpanEvent {
  return {
    name: event.name ?? "",
    time: unixNano(uint64(event.timeUnixNano)),
    attributes: attributesOf(event.attributes ?? []),
  };
}

function linkOf(link: OtlpSpan["links"][number]): SpanLink | undefined {
  const traceId = parseTraceId(hex(link.traceId));
  const spanId = parseSpanId(hex(link.spanId));
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, flags: link.flags ?? 0 };
}

export function attributesOf(pairs: readonly OtlpKeyValue[], texts: OnceEach = asItIs): Attributes {
  return new Map(
    pairs.map(({ key, value }) => [
      texts(key ?? ""),
      value?.stringValue == null ? valueOf(value) : texts(value.stringValue),
    ]),
  );
}

export function valueOf(value: OtlpAnyValue | null | undefined): AttributeValue {
  if (value == null) return null;
  if (value.stringValue != null) return value.stringValue;
  if (value.intValue != null) return BigInt.asIntN(64, uint64(value.intValue));
  if (value.boolValue != null) return value.boolValue;
  if (value.doubleValue != null) return value.doubleValue;
  // A copy, for the decoder's is a window that would keep the whole batch in memory.
  if (value.bytesValue != null) return new Uint8Array(value.bytesValue);
  if (value.arrayValue != null) return (value.arrayValue.values ?? []).map(valueOf);
  if (value.kvlistValue != null) return attributesOf(value.kvlistValue.values ?? []);
  return null;
}

/** protobufjs gives 64-bit integers in two halves. */
interface Halves {
  readonly low: number;
  readonly high: number;
}

export function uint64(value: Halves | null | undefined): bigint {
  return value == null ? 0n : (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

export function hex(bytes: Uint8Array | null | undefined): string {
  return bytes == null ? "" : Buffer.from(bytes).toString("hex");
}
