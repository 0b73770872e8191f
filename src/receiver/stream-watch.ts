/**
 * Ends HTTP/2 connections on which a call never ends. nghttp2 gives up by itself on a connection that breaks the protocol:
 * it says GOAWAY, reads nothing more and tells nobody, so Node never learns that the peer has gone. Its descriptor, its
 * streams and the bytes they reserved would be held for as long as the process lives.
 */
import type { ServerHttp2Stream } from "node:http2";
import { SLOW_CHECK_MS, STREAM_TIMEOUT_MS } from "./limits.js";

export interface StreamWatch {
  add(stream: ServerHttp2Stream): void;
  close(): void;
}

export interface StreamLimits {
  readonly slowCheckMs?: number;
  readonly streamTimeoutMs?: number;
}

interface Watched {
  /** Milliseconds of the monotonic clock. */
  readonly began: number;
  /** It was closed here at the last look: its peer was told by now, or never will be. */
  wasClosed: boolean;
}

export function createStreamWatch({
  slowCheckMs = SLOW_CHECK_MS,
  streamTimeoutMs = STREAM_TIMEOUT_MS,
}: StreamLimits = {}): StreamWatch {
  const open = new Map<ServerHttp2Stream, Watched>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [stream, watched] of open) {
      if (now - watched.began > streamTimeoutMs) stream.session?.destroy();
      // A call that was refused unread ends only when somebody reads it, on a sound connection too: others may be on it.
      else if (watched.wasClosed) stream.destroy();
      else watched.wasClosed = stream.closed;
    }
  }, slowCheckMs).unref();
  return {
    add(stream) {
      open.set(stream, { began: performance.now(), wasClosed: false });
      stream.once("close", () => open.delete(stream));
    },
    close: () => clearInterval(timer),
  };
}
