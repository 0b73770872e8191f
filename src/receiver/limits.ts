/** What a request, a connection and all of them together may cost, each with its reason. docs/limits.md lists them. */

/** OTLP 1.11 recommends 64 MiB, before and after inflating. */
export const REQUEST_BYTES_MAX = 64 * 1024 * 1024;

/** All requests in flight together: a few of the largest, or thousands of the usual size. */
export const IN_FLIGHT_BYTES_MAX = 256 * 1024 * 1024;

/** How long a request waits for room: the Ruby gRPC exporter never tries again, so a burst is better absorbed. */
export const BUDGET_WAIT_MS = 2_000;

/** What a body of unknown length takes at a time: the usual batch needs one step. */
export const BUDGET_STEP_BYTES = 64 * 1024;

/** The Ruby exporter reuses a connection for 30 s and sends every 5 s; 65 s is what other collectors promise. */
export const KEEP_ALIVE_MS = 75_000;

/** A client that drips its header or body is cut off. */
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 60_000;

/** No call takes longer from its first byte to its last answer: its body, its wait for room and for the disk. */
export const STREAM_TIMEOUT_MS = 75_000;

/** How often the clocks of connections and bodies are looked at. */
export const SLOW_CHECK_MS = 2_000;

/** A body may be slow for so long, as over a link that just came up; then its rate counts. */
export const BODY_GRACE_MS = 10_000;
/** Any modem is faster. */
export const BODY_BYTES_PER_SECOND_MIN = 1024;

/** A connection that does not say a word is closed. */
export const FIRST_BYTES_TIMEOUT_MS = 30_000;

/** For each port and address: an idle connection costs 10 to 25 kB, so this is 250 MB at most. */
export const CONNECTIONS_MAX = 10_000;

/** Exporters use one stream at a time; this bounds what one connection can open. */
export const CONCURRENT_STREAMS_MAX = 100;

/** What Node may keep for one HTTP/2 connection, in MB: headers and frames, not bodies. Its own default; grpc-js lifts it. */
export const SESSION_MEMORY_MB_MAX = 10;

/** After a refusal the rest of the body is read and thrown away for so long, because closing at once would lose the answer. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** How long a stop waits for requests that are under way. */
export const CLOSE_TIMEOUT_MS = 5_000;

/** A sender that is told to wait comes back after 1 s to so many. */
export const RETRY_AFTER_SECONDS_MAX = 5;

/** From here on OTLP/JSON is converted in a thread: it takes 40 ms for each MiB, while others wait for their answers. */
export const JSON_INLINE_BYTES_MAX = 1024 * 1024;

/** Those that a test sets low; each is the constant of that name unless given. */
export interface ReceiverLimits {
  readonly requestBytesMax?: number;
  readonly inFlightBytesMax?: number;
  readonly budgetWaitMs?: number;
  readonly headersTimeoutMs?: number;
  readonly slowCheckMs?: number;
  readonly bodyGraceMs?: number;
  readonly requestTimeoutMs?: number;
  readonly streamTimeoutMs?: number;
  readonly connectionsMax?: number;
  readonly firstBytesTimeoutMs?: number;
  readonly drainTimeoutMs?: number;
}
