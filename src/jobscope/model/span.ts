/**
 * A span as it was recorded: every fact OTLP carries that a reader of a job can see, nothing renamed.
 *
 * Shapes follow opentelemetry-proto `trace.proto` and `common.proto`; times are bigint nanoseconds and
 * ids are hex text. How it comes out of bytes is not known here.
 */
import type { SpanId, TraceId } from "./ids.js";
import type { UnixNano } from "./time.js";

/** OTLP `AnyValue`. 64-bit integers are bigint; an empty value is null. */
export type AttributeValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | Attributes;

/** Attribute keys are unique by specification; where a sender repeats one, the last wins. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

export type SpanKind = "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";

export type StatusCode = "unset" | "ok" | "error";

export interface SpanEvent {
  readonly name: string;
  readonly time: UnixNano;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** OTLP link flags: bit 0 sampled, bit 8 "has remote" is known, bit 9 is remote. 0 from old exporters. */
  readonly flags: number;
}

export interface Scope {
  readonly name: string;
  readonly version: string;
}

export interface Span {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** undefined: a root span. */
  readonly parentSpanId: SpanId | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly status: { readonly code: StatusCode; readonly message: string };
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly flags: number;
  readonly scope: Scope;
  readonly resource: Attributes;
}

/** The text of the first of `keys` that holds one; numbers are given as text. */
export function textAttribute(
  attributes: Attributes,
  ...keys: readonly string[]
): string | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    if (typeof value === "string") return value;
    if (typeof value === "bigint" || typeof value === "number") return String(value);
  }
  return undefined;
}

/** The number in the first of `keys` that holds one; numeric text counts, as mysql2 sends ports as text. */
export function numberAttribute(
  attributes: Attributes,
  ...keys: readonly string[]
): number | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  }
  return undefined;
}
