/**
 * The index of the open segment while it grows: a run for each commit, and whenever there are many small runs they
 * become one larger run in their place, so that a lookup never has to look through many.
 *
 * Not synced, and written over in place: a reader that meets it half written finds a checksum that does not match, and
 * reads the log from there. docs/segment-format.md has the layout.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { encodeRun, type IndexedRecord, readRunHeader } from "./index-run.js";
import type { Lsn } from "./job-store.js";
import { mergeRuns, type RunBytes } from "./merge-runs.js";
import { FILE_MODE, liveIndexFile, type StoreFolder } from "./store-folder.js";

export interface LiveIndex {
  /** After a failure nothing more is written: a hole must not be hidden by later runs. */
  append(records: readonly IndexedRecord[]): void;
  close(): void;
}

/** This many runs of one size become one of the next. */
const FAN_IN = 32;

/** `runs`: what is in the file already, in order. */
export function openLiveIndex(
  folder: StoreFolder,
  firstLsn: Lsn,
  runs: readonly RunBytes[],
): LiveIndex {
  const flags = constants.O_RDWR | constants.O_CREAT;
  const fd = openSync(liveIndexFile(folder.path, firstLsn), flags, FILE_MODE);
  let written = [...runs];
  let size = runs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let ended = false;
  // What an earlier process left behind its last whole run.
  ftruncateSync(fd, size);

  function write(run: Buffer, at: number): void {
    writeSync(fd, run, 0, run.length, at);
    size = at + run.length;
  }

  /** The last runs, when there are enough of one size to be merged. */
  function mergeable(): readonly RunBytes[] | undefined {
    const last = written.slice(-FAN_IN);
    const [first] = last;
    if (last.length < FAN_IN || first === undefined) return undefined;
    const level = levelOf(first);
    return last.every((run) => levelOf(run) === level) ? last : undefined;
  }

  function compact(): void {
    for (let last = mergeable(); last !== undefined; last = mergeable()) {
      const merged = mergeRuns(last, folder.storeId);
      const begin = size - last.reduce((sum, { bytes }) => sum + bytes.length, 0);
      write(merged, begin);
      ftruncateSync(fd, size);
      written = [...written.slice(0, -FAN_IN), runBytes(merged, folder)];
    }
  }

  return {
    append(records) {
      if (ended) return;
      try {
        const run = encodeRun(records, folder.storeId);
        write(run, size);
        written.push(runBytes(run, folder));
        compact();
      } catch {
        // A full disk, mostly. The records are safe; sealing makes the rest of the index from the log.
        ended = true;
      }
    },
    close: () => closeSync(fd),
  };
}

/** 0 for a commit's run, 1 for a merge of such, and so on. */
function levelOf({ header }: RunBytes): number {
  return Math.floor(Math.log(Math.max(1, header.recordCount)) / Math.log(FAN_IN));
}

function runBytes(bytes: Buffer, folder: StoreFolder): RunBytes {
  const header = readRunHeader(bytes, folder.storeId);
  if (header === undefined) throw new Error("cannot read a run that was just made");
  return { header, bytes };
}
