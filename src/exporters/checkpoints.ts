/**
 * When the cursor is written down: often enough that a crash repeats little. A write is enough for a process that is killed;
 * that it reaches the disk, which costs as much as sending a request, matters only when the machine loses its power.
 */
import type { CursorFile } from "../jobscope/store/cursor-file.js";
import type { Lsn } from "../jobscope/store/job-store.js";

export interface Checkpoints {
  /** All before `next` is through, the last `spans` of it just now. */
  moved(next: Lsn, spans: number): void;
  /** Nothing is under way: the time to make durable what is not yet. */
  settle(): void;
}

/** Between two writes; between two syncs. Whichever comes first. */
const SPANS_MAX = 1000;
const MS_MAX = 1000;

/** `from`: what is written down already. */
export function createCheckpoints(
  from: Lsn,
  cursor: Pick<CursorFile, "save" | "sync">,
): Checkpoints {
  let saved = from;
  let synced = from;
  let reached = from;
  let unsavedSpans = 0;
  let syncedAt = performance.now();

  function write(): void {
    if (reached === saved) return;
    cursor.save(reached);
    saved = reached;
    unsavedSpans = 0;
  }

  function settle(): void {
    write();
    if (saved === synced) return;
    cursor.sync();
    synced = saved;
    syncedAt = performance.now();
  }

  return {
    moved(next, spans) {
      reached = next;
      unsavedSpans += spans;
      if (performance.now() - syncedAt >= MS_MAX) settle();
      else if (unsavedSpans >= SPANS_MAX) write();
    },
    settle,
  };
}
