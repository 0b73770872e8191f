/**
 * Cuts off bodies that arrive too slowly. One timer looks at all of them, because most are gone before it does.
 */
import {
  BODY_BYTES_PER_SECOND_MIN,
  BODY_GRACE_MS,
  REQUEST_TIMEOUT_MS,
  SLOW_CHECK_MS,
} from "./limits.js";

export interface WatchedBody {
  /** Bytes so far. */
  readonly received: () => number;
  readonly cutOff: () => void;
}

export interface BodyWatch {
  add(body: WatchedBody): void;
  delete(body: WatchedBody): void;
  close(): void;
}

export interface WatchLimits {
  readonly slowCheckMs?: number;
  readonly bodyGraceMs?: number;
  readonly requestTimeoutMs?: number;
}

export function createBodyWatch({
  slowCheckMs = SLOW_CHECK_MS,
  bodyGraceMs = BODY_GRACE_MS,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
}: WatchLimits = {}): BodyWatch {
  /** When each began, in milliseconds of the monotonic clock. */
  const since = new Map<WatchedBody, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [body, began] of since) {
      const tookMs = now - began;
      const isTooSlow = body.received() < (tookMs / 1000) * BODY_BYTES_PER_SECOND_MIN;
      if (tookMs < requestTimeoutMs && (tookMs < bodyGraceMs || !isTooSlow)) continue;
      since.delete(body);
      body.cutOff();
    }
  }, slowCheckMs).unref();
  return {
    add: (body) => void since.set(body, performance.now()),
    delete: (body) => void since.delete(body),
    close: () => clearInterval(timer),
  };
}
