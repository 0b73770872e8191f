/** When the cursor is written down: not for every request, which would cost a sync each, and often enough that a crash repeats little. */
import type { Lsn } from "../jobscope/store/job-store.js";

export interface Checkpoints {
  /** All before `next` is through, the last `spans` of it just now. */
  moved(next: Lsn, spans: number): void;
  /** Nothing is under way: the time to write down what is not yet. */
  settle(): void;
}

/** Whichever comes first. */
const SPANS_MAX = 1000;
const MS_MAX = 1000;

/** `from`: what is written down already. */
export function createCheckpoints(from: Lsn, save: (next: Lsn) => void): Checkpoints {
  let saved = from;
  let reached = from;
  let unsavedSpans = 0;
  let savedAt = performance.now();

  function write(): void {
    if (reached === saved) return;
    save(reached);
    saved = reached;
    unsavedSpans = 0;
    savedAt = performance.now();
  }

  return {
    moved(next, spans) {
      reached = next;
      unsavedSpans += spans;
      if (unsavedSpans >= SPANS_MAX || performance.now() - savedAt >= MS_MAX) write();
    },
    settle: write,
  };
}
