/**
 * What an attempt's root span says about the job's payload: when it was created and last pushed.
 *
 * Sidekiq's instrumentation records both as span events without attributes whose time is the payload's
 * value: the clock is that of the host which pushed, the span's that of the worker.
 */
import type { Span } from "../span.js";
import { between, type DurationNano, type UnixNano } from "../time.js";

/**
 * Versions of the Sidekiq instrumentation whose `enqueued_at` event carries the time of `created_at`
 * (opentelemetry-ruby-contrib, fixed in 0.28.1). There the time of the push is not recorded.
 */
const ENQUEUED_AT_WRONG = { from: [0, 26, 1], to: [0, 28, 0] } as const;

export function createdAt(root: Span): UnixNano | undefined {
  return eventTime(root, "created_at");
}

/** When the job was last put on its queue; undefined where the sender's version is known to record it wrongly. */
export function enqueuedAt(root: Span): UnixNano | undefined {
  return tellsEnqueuedAt(root.scope) ? eventTime(root, ENQUEUED_AT_EVENT) : undefined;
}

/** The name of the event on the root span. */
export const ENQUEUED_AT_EVENT = "enqueued_at";

/** Whether {@link ENQUEUED_AT_EVENT} can be believed, by the instrumentation that recorded it. */
export function tellsEnqueuedAt({ name, version }: Span["scope"]): boolean {
  if (!name.endsWith("::Sidekiq")) return true;
  const numbers = version.split(".").map(Number);
  return (
    compareVersions(numbers, ENQUEUED_AT_WRONG.from) < 0 ||
    compareVersions(numbers, ENQUEUED_AT_WRONG.to) > 0
  );
}

export type Wait =
  | { readonly kind: "waited"; readonly wait: DurationNano }
  | { readonly kind: "not_recorded" }
  /** It started before it was pushed: two hosts' clocks, so the difference means nothing. */
  | { readonly kind: "clocks_disagree" };

/** From the push onto the queue to the start of the attempt. */
export function waitOf(root: Span | undefined): Wait {
  return waitBetween(root && enqueuedAt(root), root?.start);
}

/** undefined: not recorded. */
export function waitBetween(pushed: UnixNano | undefined, start: UnixNano | undefined): Wait {
  if (start === undefined || pushed === undefined) return { kind: "not_recorded" };
  const wait = between(pushed, start);
  return wait < 0n ? { kind: "clocks_disagree" } : { kind: "waited", wait };
}

function eventTime(span: Span, name: string): UnixNano | undefined {
  return span.events.find((event) => event.name === name)?.time;
}

function compareVersions(version: readonly number[], other: readonly number[]): number {
  for (const [index, part] of other.entries()) {
    const difference = (version[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}
