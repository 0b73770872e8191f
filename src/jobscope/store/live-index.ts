/**
 * The index of the open segment while it grows: a run for each record, appended. Never synced, and behind the log by up to
 * a few records: a reader reads the log where the index ends.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Lsn } from "./job-store.js";
import { createGrowingBuffer, extend, gathered } from "./growing-buffer.js";
import { FILE_MODE, liveIndexFile, type StoreFolder } from "./store-folder.js";

export interface LiveIndex {
  /** `runs`: of records that are durable, next in order. Copied. */
  append(runs: Buffer): void;
  close(): void;
}

/** Runs wait for others until there are so many bytes, or for so long: each write costs as much as a small batch. */
const WAITING_BYTES = 64 * 1024;
const WAITING_MS = 50;

/** `size`: bytes of whole runs that are in the file already. */
export function openLiveIndex(folder: StoreFolder, firstLsn: Lsn, size: number): LiveIndex {
  const flags = constants.O_RDWR | constants.O_CREAT;
  const fd = openSync(liveIndexFile(folder.path, firstLsn), flags, FILE_MODE);
  const waiting = createGrowingBuffer(2 * WAITING_BYTES);
  let end = size;
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;
  // What an earlier process left behind its last whole run.
  ftruncateSync(fd, size);

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (hasFailed) return;
    try {
      for (let done = 0; done < waiting.length; )
        done += writeSync(fd, gathered(waiting), done, waiting.length - done, end + done);
      end += waiting.length;
    } catch {
      // A full disk, mostly. The records are safe; a hole must not be hidden by later runs, so this index ends here and
      // sealing makes the rest from the log.
      hasFailed = true;
    }
    waiting.length = 0;
  }

  return {
    append(runs) {
      const at = extend(waiting, runs.length);
      waiting.bytes.set(runs, at);
      if (waiting.length >= WAITING_BYTES) flush();
      else timer ??= setTimeout(flush, WAITING_MS);
    },
    close() {
      flush();
      closeSync(fd);
    },
  };
}
