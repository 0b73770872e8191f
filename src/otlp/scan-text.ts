/** Reads single facts out of a scan: hex ids, times, texts. Each call makes one value; the scan itself makes none. */
import { HIT_INT, HIT_STRING } from "./scan-columns.js";
import type { LogScan } from "./log-scan.js";
import type { SectionScan } from "./section-walk.js";
import type { TraceScan } from "./trace-scan.js";

/** Of a text that is looked for among those read lately. Bytes. */
const KNOWN_LENGTH_MAX = 64;
/** A power of two. */
const KNOWN_MAX = 1024;

/** Of a span whose ids are valid. */
export function traceIdHex(scan: TraceScan, span: number): string {
  return hex(scan, scan.spans.traceIdAt[span] ?? 0, 16);
}

/** Of a span whose ids are valid. */
export function spanIdHex(scan: TraceScan, span: number): string {
  return hex(scan, scan.spans.spanIdAt[span] ?? 0, 8);
}

/** undefined: a root span. */
export function parentIdHex(scan: TraceScan, span: number): string | undefined {
  const at = scan.spans.parentIdAt[span] ?? 0;
  return at === 0 ? undefined : hex(scan, at, 8);
}

/** Nanoseconds since 1970; 0 when the span does not say. */
export function startNano(scan: TraceScan, span: number): bigint {
  return fixed64(scan, scan.spans.startAt[span] ?? 0);
}

/** Likewise. */
export function endNano(scan: TraceScan, span: number): bigint {
  return fixed64(scan, scan.spans.endAt[span] ?? 0);
}

export function spanName(scan: TraceScan, span: number): string {
  return text(scan, scan.spans.nameAt[span] ?? 0, scan.spans.nameLength[span] ?? 0);
}

/** undefined: the record is of no trace. */
export function logTraceIdHex(scan: LogScan, log: number): string | undefined {
  const at = scan.logs.traceIdAt[log] ?? 0;
  return at === 0 ? undefined : hex(scan, at, 16);
}

/** undefined: of no span. */
export function logSpanIdHex(scan: LogScan, log: number): string | undefined {
  const at = scan.logs.spanIdAt[log] ?? 0;
  return at === 0 ? undefined : hex(scan, at, 8);
}

/** Nanoseconds since 1970: when it happened, else when it was observed; 0 when the record says neither. */
export function logNano(scan: LogScan, log: number): bigint {
  const time = fixed64(scan, scan.logs.timeAt[log] ?? 0);
  return time === 0n ? fixed64(scan, scan.logs.observedAt[log] ?? 0) : time;
}

/** A body that is a text; undefined for any other. */
export function logBodyText(scan: LogScan, log: number): string | undefined {
  if (scan.logs.bodyType[log] !== HIT_STRING) return undefined;
  const at = scan.logs.bodyAt[log] ?? 0;
  return scan.bytes.toString("utf8", at, at + (scan.logs.bodyLength[log] ?? 0));
}

/** `scope`: a row of the scan's sections, as in its `spans.scope`. */
export function scopeName(scan: SectionScan, scope: number): string {
  const { scopeNameAt, scopeNameLength } = scan.sections;
  return text(scan, scopeNameAt[scope] ?? 0, scopeNameLength[scope] ?? 0);
}

export function scopeVersion(scan: SectionScan, scope: number): string {
  const { scopeVersionAt, scopeVersionLength } = scan.sections;
  return text(scan, scopeVersionAt[scope] ?? 0, scopeVersionLength[scope] ?? 0);
}

/**
 * The Resource message of a row of the scan's sections; empty when there is none. Protobuf merges messages by
 * joining their bytes, so several become one here.
 */
export function resourceBytes(scan: SectionScan, resource: number): Buffer {
  const offset = scan.sections.resourceOffset[resource] ?? 0;
  const last = scan.bytes.subarray(offset, offset + (scan.sections.resourceLength[resource] ?? 0));
  const parts = scan.resourceParts.get(resource);
  if (parts === undefined) return last;
  const earlier: Buffer[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const at = parts[i] ?? 0;
    earlier.push(scan.bytes.subarray(at, at + (parts[i + 1] ?? 0)));
  }
  return Buffer.concat([...earlier, last]);
}

/** A wanted attribute's value as text, integers in decimal; undefined when it is neither. */
export function hitText(scan: SectionScan, hit: number): string | undefined {
  const at = scan.hits.valueAt[hit] ?? 0;
  const length = scan.hits.valueLength[hit] ?? 0;
  if (scan.hits.type[hit] === HIT_STRING) return text(scan, at, length);
  return scan.hits.type[hit] === HIT_INT ? int64(scan.bytes, at, length).toString() : undefined;
}

/** Malformed UTF-8 becomes U+FFFD: a bad byte in a query is no reason to lose the span. */
export function text(scan: SectionScan, at: number, length: number): string {
  return length > KNOWN_LENGTH_MAX
    ? scan.bytes.toString("utf8", at, at + length)
    : shortText(scan.bytes, at, length);
}

/**
 * Short texts that were read lately, by a hash of their bytes: classes, queues and scopes come again with every batch, and
 * making a string costs three times as much as comparing one.
 */
const known: string[] = Array.from({ length: KNOWN_MAX }, () => "");

function shortText(bytes: Buffer, at: number, length: number): string {
  let hash = length;
  let isAscii = true;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i] ?? 0;
    hash = Math.imul(hash ^ byte, 0x01000193);
    if (byte >= 0x80) isAscii = false;
  }
  if (!isAscii) return bytes.toString("utf8", at, at + length);
  const slot = (hash ^ (hash >>> 16)) & (KNOWN_MAX - 1);
  const candidate = known[slot] ?? "";
  if (isText(candidate, bytes, at, length)) return candidate;
  const made = bytes.toString("latin1", at, at + length);
  known[slot] = made;
  return made;
}

function isText(candidate: string, bytes: Buffer, at: number, length: number): boolean {
  if (candidate.length !== length) return false;
  for (let i = 0; i < length; i++) if (candidate.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

function hex(scan: SectionScan, at: number, length: number): string {
  return scan.bytes.toString("hex", at, at + length);
}

function fixed64(scan: SectionScan, at: number): bigint {
  return at === 0 ? 0n : scan.bytes.readBigUInt64LE(at);
}

/** Protobuf `int64`: negative numbers are ten bytes of two's complement. */
function int64(bytes: Uint8Array, at: number, length: number): bigint {
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 7n) | BigInt((bytes[at + i] ?? 0) & 0x7f);
  return BigInt.asIntN(64, value);
}
