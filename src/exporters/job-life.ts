/**
 * A job's life as spans that nobody sent: one over all of it, and one for each wait. A pure function of its attempts.
 *
 * A span is sent when it is over. A job is over when an attempt completed; after one that failed it may be tried again, so
 * it counts as over when no other attempt was heard of for a while. If one comes after that all the same, the rest of the
 * job's life is a span of its own under the first: what was sent cannot be changed.
 */
import type { UnixNano } from "../jobscope/model/time.js";

export interface LifeAttempt {
  /** Of its root span. */
  readonly spanId: string;
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly outcome: "completed" | "failed" | "interrupted";
  /** Of the batch that its root came in. */
  readonly receivedAt: UnixNano;
}

/** A stretch of the job's life, from its beginning or from the end of the stretch before. */
export interface LifeStretch {
  /** From 0; the first is the job's own span. */
  readonly number: number;
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly last: LifeAttempt;
  readonly attempts: number;
  /** When it is over; never before its last attempt was received. */
  readonly due: UnixNano;
}

/**
 * After an attempt that failed: as long as Sidekiq waits before the first retry and its poller may take, and long enough to
 * be still there for spans of an older day that are imported all at once. Nanoseconds.
 */
const RETRY_PATIENCE = 30_000_000_000n;
const IMPORT_PATIENCE = 2_000_000_000n;

/** `begin`: when the job was pushed, as far as that is known. `attempts`: all that are known, in any order. */
export function lifeStretches(
  begin: UnixNano,
  attempts: readonly LifeAttempt[],
): readonly LifeStretch[] {
  const ordered = [...attempts].sort((a, b) => compare(a.start, b.start));
  const stretches: LifeStretch[] = [];
  let open: LifeStretch | undefined;
  for (const [at, attempt] of ordered.entries()) {
    const isSeparate = open !== undefined && attempt.receivedAt > open.due;
    if (open !== undefined && isSeparate) stretches.push(open);
    const before = open;
    open = {
      number: stretches.length,
      start:
        before === undefined
          ? earlier(begin, attempt.start)
          : isSeparate
            ? before.end
            : before.start,
      end: before === undefined || isSeparate ? attempt.end : later(before.end, attempt.end),
      last: attempt,
      attempts: at + 1,
      due: dueOf(attempt),
    };
  }
  return open === undefined ? stretches : [...stretches, open];
}

function dueOf({ outcome, end, receivedAt }: LifeAttempt): UnixNano {
  if (outcome === "completed") return receivedAt;
  return later((end + RETRY_PATIENCE) as UnixNano, (receivedAt + IMPORT_PATIENCE) as UnixNano);
}

function earlier(a: UnixNano, b: UnixNano): UnixNano {
  return a < b ? a : b;
}

function later(a: UnixNano, b: UnixNano): UnixNano {
  return a > b ? a : b;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
