/**
 * The segments of a store as a reader sees them from one question to the next: opened when they appear, opened again when
 * they grow or are sealed, closed when retention took them.
 */
import { statSync } from "node:fs";
import type { IndexBatch, Lsn } from "./job-store.js";
import { createPageCache } from "./sealed-file.js";
import { openSegment, type SegmentReader } from "./segment-reader.js";
import {
  listSegments,
  liveIndexFile,
  logFile,
  logFolder,
  type StoreFolder,
} from "./store-folder.js";

export interface StoreView {
  /** Oldest first, as of now. */
  segments(): readonly SegmentReader[];
  /** The one that would hold this record, as of the last call of `segments`. */
  segmentOf(lsn: Lsn): SegmentReader | undefined;
  /** The sealed index of this segment is not to be used. */
  distrust(firstLsn: Lsn): void;
  close(): void;
}

/** Between listing and opening, files may be replaced or removed; then the folder is looked at again. */
const TRIES_MAX = 3;

/** A folder that changed so recently may change again within the same tick of its clock. Milliseconds. */
const FOLDER_TICK_MS = 100;

interface KnownSegment {
  readonly reader: SegmentReader;
  readonly state: string;
}

export function createStoreView(folder: StoreFolder, indexBatch: IndexBatch): StoreView {
  const options = { indexBatch, cache: createPageCache(), distrusted: new Set<Lsn>() };
  let known = new Map<Lsn, KnownSegment>();
  let firstLsns: readonly Lsn[] = [];
  let listedAt = Number.NaN;
  let readers: readonly SegmentReader[] = [];

  /** Listing a folder of a thousand files costs more than a lookup. */
  function list(): readonly Lsn[] {
    const { mtimeMs } = statSync(logFolder(folder.path));
    if (mtimeMs === listedAt) return firstLsns;
    firstLsns = listSegments(folder.path);
    listedAt = Date.now() - mtimeMs > FOLDER_TICK_MS ? mtimeMs : Number.NaN;
    return firstLsns;
  }

  function refresh(): readonly SegmentReader[] {
    const next = new Map<Lsn, KnownSegment>();
    for (const firstLsn of list()) {
      const before = known.get(firstLsn);
      const state = before?.reader.isSealed === true ? before.state : stateOf(folder, firstLsn);
      if (before !== undefined && before.state === state) next.set(firstLsn, before);
      else next.set(firstLsn, { reader: openSegment(folder, firstLsn, options), state });
    }
    for (const [firstLsn, { reader }] of known)
      if (next.get(firstLsn)?.reader !== reader) reader.close();
    known = next;
    readers = [...known.values()].map(({ reader }) => reader);
    return readers;
  }

  return {
    segments() {
      for (let tries = 1; ; tries++) {
        try {
          return refresh();
        } catch (error) {
          const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
          if (!isGone || tries === TRIES_MAX) throw error;
          listedAt = Number.NaN;
        }
      }
    },
    segmentOf: (lsn) => readers.findLast(({ firstLsn }) => firstLsn <= lsn),
    distrust(firstLsn) {
      options.distrusted.add(firstLsn);
      known.get(firstLsn)?.reader.close();
      known.delete(firstLsn);
    },
    close() {
      for (const { reader } of known.values()) reader.close();
      known = new Map();
      readers = [];
    },
  };
}

/** Changes whenever an open segment grows or is sealed. */
function stateOf(folder: StoreFolder, firstLsn: Lsn): string {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;
  return `${size(logFile(folder.path, firstLsn))} ${size(liveIndexFile(folder.path, firstLsn))}`;
}
