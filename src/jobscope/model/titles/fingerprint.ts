/** A short name for "the same thing done again": stable across jobs and versions of the data. */
import { createHash } from "node:crypto";

/** Made lately. A job that does one thing 200,000 times names it 200,000 times. */
const known = new Map<string, string>();

const KNOWN_MAX = 1000;
/** Characters. */
const KNOWN_LENGTH_MAX = 500;

/** `<kind>:` and the first 8 hex digits of the SHA-256 of the normalised text. */
export function fingerprintOf(kind: string, normalised: string): string {
  if (normalised.length > KNOWN_LENGTH_MAX) return made(kind, normalised);
  const key = `${kind}\0${normalised}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= KNOWN_MAX) known.clear();
  const fingerprint = made(kind, normalised);
  known.set(key, fingerprint);
  return fingerprint;
}

function made(kind: string, normalised: string): string {
  return `${kind}:${createHash("sha256").update(normalised).digest("hex").slice(0, 8)}`;
}
