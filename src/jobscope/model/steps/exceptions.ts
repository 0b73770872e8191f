/**
 * Which step an exception belongs to. Every span that an exception passes on its way up records it again, with the
 * same class and message, so the innermost one is where it happened and the others are silent.
 */
import { errorOfEvent } from "../errors/error-info.js";
import type { ErrorInfo } from "../error-document.js";
import type { SpanId } from "../ids.js";
import type { Span } from "../span.js";
import type { SpanForest } from "./span-forest.js";

/** Span → the exceptions that happened in it, in order. */
export function ownExceptions(
  spans: readonly Span[],
  forest: SpanForest,
): ReadonlyMap<SpanId, readonly ErrorInfo[]> {
  const recorded = new Map<Span, readonly ErrorInfo[]>();
  /** Exceptions that some span further in recorded as well. */
  const passed = new Map<Span, Set<string>>();
  for (const span of spans) {
    const errors = span.events.filter(({ name }) => name === "exception").map(errorOfEvent);
    if (errors.length === 0) continue;
    recorded.set(span, errors);
    for (const above of forest.ancestorsOf(span)) {
      const keys = passed.get(above) ?? new Set();
      for (const error of errors) keys.add(keyOf(error));
      passed.set(above, keys);
    }
  }
  const own = new Map<SpanId, readonly ErrorInfo[]>();
  for (const [span, errors] of recorded) {
    const here = errors.filter((error) => passed.get(span)?.has(keyOf(error)) !== true);
    if (here.length > 0) own.set(span.spanId, here);
  }
  return own;
}

function keyOf({ class: errorClass, message }: ErrorInfo): string {
  return `${errorClass}\0${message}`;
}
