/**
 * Waits until a store changed: for who follows it while a collector in another process writes, is stopped, is killed or is
 * started again. It looks at a few file times at a calm interval, because notices from the file system do not reach every
 * container and network share; reads nothing of the log, takes no lock.
 *
 *     for await (const { end, isWritten } of watchStore(path, { signal })) {
 *       // What was appended before `end` can be read now.
 *     }
 */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type LogEnd, logEnd } from "./log-tail.js";
import { logFile, logFolder, openStoreFolder } from "./store-folder.js";
import { storeHolder } from "./store-lock.js";

/** Soon enough for a person, and next to nothing for the machine. Milliseconds. */
export const WATCH_INTERVAL_MS = 250;

/** A folder that changed so recently may change again within the same tick of its clock. Milliseconds. */
const FOLDER_TICK_MS = 100;

export interface StoreState {
  /** Everything before it is in the log. */
  readonly end: LogEnd;
  /** Whether a collector writes to the store, as far as its lock tells. */
  readonly isWritten: boolean;
}

export interface WatchOptions {
  /** Ends the watching, at once and without an error. */
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
}

/**
 * The state at the beginning, then every one that differs from the one before. Who takes long between two misses the states
 * between them and none of what they led to. @throws StoreError when there is no store or it cannot be read.
 */
export async function* watchStore(
  path: string,
  { signal, intervalMs = WATCH_INTERVAL_MS }: WatchOptions,
): AsyncIterable<StoreState> {
  const endOf = createEndWatch(path);
  let last: StoreState | undefined;
  while (!signal.aborted) {
    // In this order, so that where nobody writes, all that was written is before the end.
    const isWritten = storeHolder(path) !== undefined;
    const state: StoreState = { end: endOf(), isWritten };
    if (last === undefined || !isSame(last, state)) {
      last = state;
      yield state;
    } else if (!(await slept(intervalMs, signal))) return;
  }
}

function isSame(a: StoreState, b: StoreState): boolean {
  return (
    a.isWritten === b.isWritten && a.end.segment === b.end.segment && a.end.size === b.end.size
  );
}

/** Listing the folder of a large store each time would cost more than all the rest. */
function createEndWatch(path: string): () => LogEnd {
  const folder = openStoreFolder(path);
  let end: LogEnd | undefined;
  let listedAt = Number.NaN;
  return () => {
    const { mtimeMs } = statSync(logFolder(path));
    if (end?.segment === undefined || mtimeMs !== listedAt) {
      end = logEnd(folder);
      listedAt = Date.now() - mtimeMs > FOLDER_TICK_MS ? mtimeMs : Number.NaN;
      return end;
    }
    const size = statSync(logFile(path, end.segment), { throwIfNoEntry: false })?.size;
    end = size === undefined ? logEnd(folder) : { segment: end.segment, size };
    return end;
  };
}

/** false: it was ended before. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
