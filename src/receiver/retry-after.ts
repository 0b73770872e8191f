/**
 * When a refused sender should come back. Senders that were refused together, as after an outage, must not come back
 * together: each is told another time.
 */
import { RETRY_AFTER_SECONDS_MAX } from "./limits.js";

/** Whole seconds, because that is what `Retry-After` holds; at least 1, because Ruby's exporter ignores 0. */
export function retryAfterSeconds(): number {
  return 1 + Math.floor(Math.random() * RETRY_AFTER_SECONDS_MAX);
}
