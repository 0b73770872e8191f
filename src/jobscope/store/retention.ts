/**
 * Keeps a store that is being written within its limits: looks at the start, after each rotation and every hour, and
 * deletes the oldest segments a few at a time. What goes is decided in retention-plan.ts.
 */
import { dropLeftovers } from "./drop-segments.js";
import { bothDropped, type Dropped, NOTHING_DROPPED } from "./dropped.js";
import { createPruner, type PrunerOptions } from "./pruner.js";

export interface RetentionOptions extends PrunerOptions {
  /** What one look deleted; not called when that was nothing. */
  readonly onDropped: (dropped: Dropped) => void;
  /** The disk refused; it is tried again at the next look. */
  readonly onFailed: (error: Error) => void;
  /** Between looks; for tests. */
  readonly intervalMs?: number;
}

export interface Retention {
  /** A segment was closed and another begun. */
  afterRotation(): void;
  /** Resolves when the looks that are due so far are done. */
  settled(): Promise<void>;
  /** Waits for the step under way. Call it before the store's lock is released. */
  close(): Promise<void>;
}

const INTERVAL_MS = 3_600_000;

/** Unlinking this many takes the disk some tens of milliseconds; then others get a turn. */
const SEGMENTS_PER_STEP = 8;

/**
 * At most this many go because of their age at one look. A clock that is wrong by years while spans arrive looks just
 * like a store that was left alone for years; this leaves days to notice it. The limit of size asks no clock and has no
 * such bound.
 */
const AGED_PER_LOOK_MAX = 8;

/** More than the one that has just come into being, so that looking after rotations alone keeps up. */
const AGED_PER_ROTATION_MAX = 2;

/** @throws StoreError when there is no store. The caller holds its lock until `close` has resolved. */
export function startRetention(path: string, options: RetentionOptions): Retention {
  const pruner = createPruner(path, options);
  let closed = false;
  let rotationWaits = false;
  let last: Promise<void> = Promise.resolve();

  async function look(agedMax: number): Promise<void> {
    let dropped = NOTHING_DROPPED;
    let aged = agedMax;
    try {
      while (!closed) {
        const drops = await pruner.plan(aged, SEGMENTS_PER_STEP);
        if (drops.length === 0) break;
        dropped = bothDropped(dropped, await pruner.drop(drops));
        aged -= drops.filter(({ why }) => why === "age").length;
      }
    } finally {
      if (dropped.drops.length > 0) options.onDropped(dropped);
    }
  }

  function enqueue(task: () => Promise<void>): void {
    last = last.then(task).catch((cause: unknown) => {
      options.onFailed(cause instanceof Error ? cause : new Error(String(cause)));
    });
  }

  enqueue(() => dropLeftovers(path));
  enqueue(() => look(AGED_PER_LOOK_MAX));
  const timer = setInterval(
    () => enqueue(() => look(AGED_PER_LOOK_MAX)),
    options.intervalMs ?? INTERVAL_MS,
  );
  timer.unref();
  return {
    afterRotation() {
      // Rotations during a look make one look more, not one each.
      if (rotationWaits || closed) return;
      rotationWaits = true;
      enqueue(() => {
        rotationWaits = false;
        return look(AGED_PER_ROTATION_MAX);
      });
    },
    settled: () => last,
    close() {
      closed = true;
      clearInterval(timer);
      return last;
    },
  };
}
