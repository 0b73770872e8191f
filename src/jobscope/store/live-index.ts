/**
 * The index of the open segment while it grows: a run for each record, appended. Never synced, and behind the log by up to
 * a few records: a reader reads the log where the index ends.
 */
import { closeSync, ftruncateSync, rmSync, writeSync } from "node:fs";
import type { Lsn } from "./job-store.js";
import { createGrowingBuffer, extend, gathered } from "./growing-buffer.js";
import { CREATE, openFile } from "./open-file.js";
import { indexPartsFile, liveIndexFile, type StoreFolder } from "./store-folder.js";

export interface LiveIndex {
  /** `runs`: of records that are durable, next in order. Copied. */
  append(runs: Buffer): void;
  close(): void;
}

/** Runs wait for others until there are so many bytes, or for so long: each write costs as much as a small batch. */
const WAITING_BYTES = 64 * 1024;
const WAITING_MS = 50;

/** A reader looks at every row that is in no part yet, so this is what a question costs at most. */
const PART_BYTES = 1024 * 1024;

/**
 * `size`: bytes of whole runs that are in the file already. `onGrown`: called when there is enough behind the last part for
 * another; the file holds it then.
 */
export function openLiveIndex(
  folder: StoreFolder,
  firstLsn: Lsn,
  size: number,
  onGrown: () => void,
): LiveIndex {
  const fd = openFile(liveIndexFile(folder.path, firstLsn), CREATE);
  const waiting = createGrowingBuffer(2 * WAITING_BYTES);
  let end = size;
  /** Where the last part ends. */
  let partEnd = 0;
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;
  // What an earlier process left behind its last whole run.
  ftruncateSync(fd, size);
  // What it made parts of may not be what was recovered.
  rmSync(indexPartsFile(folder.path, firstLsn), { force: true });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (hasFailed) return;
    try {
      for (let done = 0; done < waiting.length; )
        done += writeSync(fd, gathered(waiting), done, waiting.length - done, end + done);
      end += waiting.length;
      if (end - partEnd >= PART_BYTES) {
        partEnd = end;
        onGrown();
      }
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
