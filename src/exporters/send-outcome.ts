/**
 * What a peer's answer to an Export request means for the data and for what is sent next.
 *
 * OTLP specification, "Failures" of OTLP/gRPC and OTLP/HTTP: which codes may be tried again. Where it says that data which
 * is refused must be dropped, an answer that speaks of the set-up (a missing token, a wrong path) is read as one about the
 * set-up: nothing is dropped for it, forwarding waits until somebody has mended it.
 */

export type SendOutcome =
  /** `rejectedSpans` of them were not taken, for the reason in `message`; "" and 0 nearly always. */
  | { readonly kind: "accepted"; readonly rejectedSpans: number; readonly message: string }
  /** Not now. `afterMs`: not sooner, as the peer asked. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterMs: number }
  /** Too much in one request, if it was more than one span. */
  | { readonly kind: "too_large"; readonly reason: string }
  /** Something in this request; it must not be sent again. */
  | { readonly kind: "refused"; readonly code: string; readonly reason: string }
  /** Nothing would be taken, whatever is sent. */
  | { readonly kind: "blocked"; readonly reason: string };

/** A peer that asks for more is not believed. Milliseconds. */
const RETRY_AFTER_MAX_MS = 10 * 60_000;

/** gRPC status codes by number. */
export const GRPC_CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

const GRPC_RETRYABLE = new Set([
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNAVAILABLE",
  "DATA_LOSS",
]);
const GRPC_SET_UP = new Set([
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "UNIMPLEMENTED",
  "NOT_FOUND",
  "FAILED_PRECONDITION",
]);

/** `retryDelayMs`: of the RetryInfo in the status' details; undefined: there is none. */
export function grpcOutcome(
  code: number,
  message: string,
  retryDelayMs: number | undefined,
): Exclude<SendOutcome, { kind: "accepted" }> {
  const name = GRPC_CODES[code] ?? `code ${code}`;
  const reason = message === "" ? name : `${name}: ${message}`;
  const afterMs = Math.min(retryDelayMs ?? 0, RETRY_AFTER_MAX_MS);
  if (GRPC_RETRYABLE.has(name)) return { kind: "retry", reason, afterMs };
  if (name === "RESOURCE_EXHAUSTED")
    return retryDelayMs === undefined
      ? { kind: "too_large", reason }
      : { kind: "retry", reason, afterMs };
  if (GRPC_SET_UP.has(name)) return { kind: "blocked", reason };
  return { kind: "refused", code: name, reason };
}

const HTTP_RETRYABLE = new Set([429, 502, 503, 504]);
/** 405 and 406 as well: something else than a collector answers there. */
const HTTP_SET_UP = new Set([401, 402, 403, 404, 405, 406, 407, 411, 415, 426]);

/** Of any status but 200. `retryAfter`: the header, in seconds or as a date. */
export function httpOutcome(
  status: number,
  message: string,
  retryAfter: string | undefined,
  now: number,
): Exclude<SendOutcome, { kind: "accepted" }> {
  const reason = message === "" ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
  if (HTTP_RETRYABLE.has(status))
    return { kind: "retry", reason, afterMs: retryAfterMs(retryAfter, now) };
  if (status === 413) return { kind: "too_large", reason };
  // A redirect is not followed: spans would go where nobody sent them.
  if (HTTP_SET_UP.has(status) || (status >= 300 && status < 400))
    return { kind: "blocked", reason };
  return { kind: "refused", code: `HTTP ${status}`, reason };
}

/** RFC 9110, "Retry-After". */
function retryAfterMs(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : Math.max(0, Math.min(ms, RETRY_AFTER_MAX_MS));
}
