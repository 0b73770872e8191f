/** Values that tie a job to a request or a business transaction, as attributes of its spans name them. */
import type { Job } from "../job-document.js";
import type { JobTrace } from "../job-trace.js";
import { type Span, textAttribute } from "../span.js";
import { spansOfAttempt } from "./attempt-facts.js";

/** More would be a list of something else. */
const VALUES_MAX = 20;

/** In order of the keys, then of time: who enqueued, the push, the attempts. Each value once. */
export function correlationOf(trace: JobTrace, keys: readonly string[]): Job["ids"]["correlation"] {
  const found: { readonly key: string; readonly value: string }[] = [];
  const spans = [...spansAround(trace)];
  for (const key of keys) {
    for (const span of spans) {
      const value = textOf(span, key);
      if (value === undefined || value === "") continue;
      if (found.some((each) => each.key === key && each.value === value)) continue;
      found.push({ key, value });
      if (found.length === VALUES_MAX) return found;
    }
  }
  return found;
}

function* spansAround({ enqueues, attempts }: JobTrace): Iterable<Span> {
  for (const { span, enqueuedBy } of enqueues) {
    if (enqueuedBy !== undefined) yield enqueuedBy.span;
    yield span;
  }
  for (const attempt of attempts) yield* spansOfAttempt(attempt);
}

/** Captured HTTP headers are lists of texts. */
function textOf({ attributes, resource }: Span, key: string): string | undefined {
  const text = textAttribute(attributes, key) ?? textAttribute(resource, key);
  if (text !== undefined) return text;
  const value = attributes.get(key);
  const first = Array.isArray(value) ? (value as readonly unknown[])[0] : undefined;
  return typeof first === "string" ? first : undefined;
}
