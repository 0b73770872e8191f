/**
 * Which step an exception belongs to. Every span that an exception passes on its way up records it again, with the
 * same class and message, so the innermost one is where it happened and the others are silent.
 */
import { errorOfEvent } from "../errors/error-info.js";
import type { ErrorInfo } from "../error-document.js";
import type { Span } from "../span.js";
import type { UnixNano } from "../time.js";
import type { SpanForest } from "./span-forest.js";

export interface OwnException {
  readonly error: ErrorInfo;
  readonly at: UnixNano;
  /** Index among the events of its span. */
  readonly event: number;
}

export interface Exceptions {
  /** Those that happened in this span, in order. */
  ofSpan(span: Span): readonly OwnException[];
  /** Those of a span above all of `spans`, such as the attempt's own, that none of them recorded. */
  ofRoot(root: Span): readonly OwnException[];
}

export function exceptionsOf(spans: readonly Span[], forest: SpanForest): Exceptions {
  const recorded = new Map<Span, readonly OwnException[]>();
  /** Exceptions that some span further in recorded as well. */
  const passed = new Map<Span, Set<string>>();
  const anywhere = new Set<string>();
  for (const span of spans) {
    const own = exceptionsIn(span);
    if (own.length === 0) continue;
    recorded.set(span, own);
    for (const { error } of own) anywhere.add(keyOf(error));
    for (const above of forest.ancestorsOf(span)) {
      const keys = passed.get(above) ?? new Set();
      for (const { error } of own) keys.add(keyOf(error));
      passed.set(above, keys);
    }
  }
  return {
    ofSpan(span) {
      const keys = passed.get(span);
      const own = recorded.get(span) ?? [];
      return keys === undefined ? own : own.filter(({ error }) => !keys.has(keyOf(error)));
    },
    ofRoot: (root) => exceptionsIn(root).filter(({ error }) => !anywhere.has(keyOf(error))),
  };
}

function exceptionsIn({ events }: Span): readonly OwnException[] {
  return events.flatMap((each, event) =>
    each.name === "exception" ? [{ error: errorOfEvent(each), at: each.time, event }] : [],
  );
}

function keyOf({ class: errorClass, message }: ErrorInfo): string {
  return `${errorClass}\0${message}`;
}
