/**
 * What a collector answers: `ExportTraceServiceResponse` on success, `google.rpc.Status` on failure, each in protobuf
 * and JSON (OTLP specification, "OTLP/HTTP Response"). The responses of logs and metrics have the same fields under
 * other names, and the same bytes.
 */
import protobuf from "protobufjs/minimal.js";
import { google, opentelemetry } from "./generated/otlp.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;

/** Codes of `google.rpc.Code` that this collector uses. */
export const STATUS = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export interface Rejection {
  /** A whole number. 0 with a message is a warning. */
  readonly rejected: number;
  readonly message: string;
}

export interface ErrorStatus {
  readonly code: number;
  readonly message: string;
  /** When a refused sender should try again; becomes a `RetryInfo` detail. Whole seconds. */
  readonly retryAfterSeconds?: number;
}

/** A response must stay small whatever was wrong with the request; it also travels in gRPC trailers. UTF-8. */
export const MESSAGE_BYTES_MAX = 1024;

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** Empty when everything was accepted without a word, as the specification asks. */
export function successProtobuf({ rejected, message }: Rejection): Uint8Array {
  if (rejected === 0 && message === "") return new Uint8Array(0);
  const partialSuccess = {
    ...(rejected === 0 ? {} : { rejectedSpans: int64(rejected) }),
    errorMessage: shorten(message),
  };
  return ExportTraceServiceResponse.encode({ partialSuccess }).finish();
}

/** The name that the count has in the answer to each signal. */
const REJECTED_NAMES = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
} as const;

export function successJson(
  { rejected, message }: Rejection,
  signal: keyof typeof REJECTED_NAMES = "traces",
): string {
  if (rejected === 0 && message === "") return "{}";
  const partialSuccess = {
    // proto3 JSON writes 64-bit integers as text.
    ...(rejected === 0 ? {} : { [REJECTED_NAMES[signal]]: String(rejected) }),
    errorMessage: shorten(message),
  };
  return JSON.stringify({ partialSuccess });
}

export function statusProtobuf({ code, message, retryAfterSeconds }: ErrorStatus): Uint8Array {
  const details = retryAfterSeconds === undefined ? [] : [retryDetail(retryAfterSeconds)];
  return google.rpc.Status.encode({ code, message: shorten(message), details }).finish();
}

export function statusJson({ code, message, retryAfterSeconds }: ErrorStatus): string {
  const details =
    retryAfterSeconds === undefined
      ? {}
      : { details: [{ "@type": RETRY_INFO, retryDelay: `${retryAfterSeconds}s` }] };
  return JSON.stringify({ code, message: shorten(message), ...details });
}

function retryDetail(seconds: number): google.protobuf.Any.$Properties {
  const retryDelay = { seconds: int64(seconds) };
  return { type_url: RETRY_INFO, value: google.rpc.RetryInfo.encode({ retryDelay }).finish() };
}

/** The generated types name the class of a package below protobufjs, and protobufjs's own only its shape. */
type Int64 = NonNullable<google.protobuf.Duration.$Properties["seconds"]>;

function int64(value: number): Int64 {
  return protobuf.util.LongBits.fromNumber(value).toLong() as Int64;
}

/** Cut between two characters, so that it stays valid UTF-8. */
function shorten(message: string): string {
  const bytes = Buffer.from(message, "utf8");
  if (bytes.length <= MESSAGE_BYTES_MAX) return message;
  let end = MESSAGE_BYTES_MAX;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
