/** A short name for "the same thing done again": stable across jobs and versions of the data. */
import { createHash } from "node:crypto";

/** `<kind>:` and the first 8 hex digits of the SHA-256 of the normalised text. */
export function fingerprintOf(kind: string, normalised: string): string {
  return `${kind}:${createHash("sha256").update(normalised).digest("hex").slice(0, 8)}`;
}
