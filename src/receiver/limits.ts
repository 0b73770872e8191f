/** What a request may cost, each with its reason. */

/** OTLP 1.11 recommends 64 MiB, before and after inflating. */
export const REQUEST_BYTES_MAX = 64 * 1024 * 1024;

/** All requests in flight together: a few of the largest, or thousands of the usual size. */
export const IN_FLIGHT_BYTES_MAX = 256 * 1024 * 1024;

/** The Ruby exporter reuses a connection for 30 s and sends every 5 s; 65 s is what other collectors promise. */
export const KEEP_ALIVE_MS = 75_000;

/** A client that drips its header or body is cut off. */
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 60_000;

/** A connection that does not say a word is closed. */
export const FIRST_BYTES_TIMEOUT_MS = 30_000;

/** After a refusal the rest of the body is read and thrown away for so long, because closing at once would lose the answer. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** How long a stop waits for requests that are under way. */
export const CLOSE_TIMEOUT_MS = 5_000;

/** A sender that is told to wait. */
export const RETRY_AFTER_SECONDS = 1;
