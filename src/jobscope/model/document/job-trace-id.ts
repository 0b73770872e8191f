/**
 * The trace id a job is forwarded under, so that whoever holds a jid can type the trace's address.
 *
 * A Sidekiq jid is 24 hex digits and a trace id 32: the job's trace id is `6a6f6274` ("jobt" in ASCII) and
 * the jid. A UUID is 32 digits already. Any other id is hashed: the first 16 bytes of its SHA-256.
 */
import { createHash } from "node:crypto";

const PREFIX = "6a6f6274";

/** 32 lower-case hex digits. */
export function jobTraceId(jid: string): string {
  const hex = jid.toLowerCase().replaceAll("-", "");
  if (/^[0-9a-f]{24}$/.test(jid)) return PREFIX + jid;
  if (/^[0-9a-f]{32}$/.test(hex) && /^[0-9a-fA-F-]{36}$/.test(jid)) return hex;
  return createHash("sha256").update(jid).digest("hex").slice(0, 32);
}
