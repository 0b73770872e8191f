/** A Span message made from scratch, for what no sender sent: only the fields such a span has. */
import { encodeAttributes } from "./rewrite-span.js";
import { tagAndLength } from "./request-parts.js";

export interface MadeSpan {
  /** 16 bytes. */
  readonly traceId: Buffer;
  /** 8 bytes. */
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer | undefined;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** undefined: the status is not set. */
  readonly error: string | undefined;
}

const KIND_INTERNAL = 1;
const STATUS_ERROR = 2;

/** The body of a Span message, for `request-parts`. */
export function encodeSpan(span: MadeSpan): Buffer {
  return Buffer.concat([
    bytesField(0x0a, span.traceId),
    bytesField(0x12, span.spanId),
    ...(span.parentSpanId === undefined ? [] : [bytesField(0x22, span.parentSpanId)]),
    bytesField(0x2a, Buffer.from(span.name, "utf8")),
    Buffer.of(0x30, KIND_INTERNAL),
    fixed64Field(0x39, span.start),
    fixed64Field(0x41, span.end),
    encodeAttributes(span.attributes),
    ...(span.error === undefined ? [] : [bytesField(0x7a, errorStatus(span.error))]),
  ]);
}

/** The head of a ScopeSpans, for `request-parts`. */
export function encodeScopeHead(name: string, version: string): Buffer {
  const scope = Buffer.concat([
    bytesField(0x0a, Buffer.from(name, "utf8")),
    bytesField(0x12, Buffer.from(version, "utf8")),
  ]);
  return bytesField(0x0a, scope);
}

/** Status: field 2 message, field 3 code. */
function errorStatus(message: string): Buffer {
  return Buffer.concat([
    ...(message === "" ? [] : [bytesField(0x12, Buffer.from(message, "utf8"))]),
    Buffer.of(0x18, STATUS_ERROR),
  ]);
}

function bytesField(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([tagAndLength(tag, bytes.length), bytes]);
}

function fixed64Field(tag: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = tag;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}
