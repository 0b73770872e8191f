/** Opens a segment while a writer in another process may replace its files, and retention delete them, at any moment. */
import { existsSync } from "node:fs";
import type { Lsn } from "./job-store.js";
import { openSegment, type SegmentOptions, type SegmentReader } from "./segment-reader.js";
import { logFile, type StoreFolder } from "./store-folder.js";

/** Sealing replaces each file once: a second try finds what the first saw go. */
const TRIES_MAX = 3;

/** undefined: it was deleted since it was listed. @throws StoreError for a file that is not of this store. */
export function openChangingSegment(
  folder: StoreFolder,
  firstLsn: Lsn,
  options: SegmentOptions,
): SegmentReader | undefined {
  for (let tries = 1; ; tries++) {
    try {
      return openSegment(folder, firstLsn, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      // A log is renamed over and never away, so without it there is no segment.
      if (!existsSync(logFile(folder.path, firstLsn))) return undefined;
      if (tries === TRIES_MAX) throw error;
    }
  }
}
