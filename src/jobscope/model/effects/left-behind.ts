/**
 * What an attempt that did not complete changed all the same: writes that were committed, HTTP calls that may have
 * changed something elsewhere, jobs enqueued, mail sent. A list of recorded facts, not a verdict on idempotency.
 */
import type { Effects } from "../effects-document.js";
import type { Step } from "../step-document.js";
import { effectsOf } from "./effects-of.js";

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export function leftBehind(steps: readonly Step[]): Effects {
  return { ...effectsOf(steps.filter(mayRemain)), redis: [], errors: 0 };
}

function mayRemain({ detail, kind }: Step): boolean {
  if (detail?.type === "db") {
    return (
      detail.target !== null && (detail.outcome === "committed" || detail.outcome === "autocommit")
    );
  }
  if (detail?.type === "http") return !READING_METHODS.has(detail.method);
  return detail?.type === "enqueue" || kind === "mail";
}
