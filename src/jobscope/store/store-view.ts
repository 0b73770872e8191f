/**
 * The segments of a store as a reader sees them from one question to the next: opened when they appear, opened again when
 * they grow or are sealed, closed when retention took them.
 */
import { statSync } from "node:fs";
import { createHeldSegments } from "./held-segments.js";
import type { IndexBatch, Lsn } from "./job-store.js";
import { createPageCache } from "./sealed-file.js";
import { openChangingSegment } from "./open-changing-segment.js";
import type { SegmentReader } from "./segment-reader.js";
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
  /** The sealed index of this segment is not to be used. */
  distrust(firstLsn: Lsn): void;
  /** How often one was distrusted. */
  distrustCount(): number;
  /** Until the function it gives is called, these stay open, also when they are replaced or deleted meanwhile. */
  hold(segments: readonly SegmentReader[]): () => void;
  /** Who holds some goes on to the end. */
  close(): void;
}

/** A folder that changed so recently may change again within the same tick of its clock. Milliseconds. */
const FOLDER_TICK_MS = 100;

interface KnownSegment {
  readonly reader: SegmentReader;
  readonly state: string;
}

export function createStoreView(folder: StoreFolder, indexBatch: IndexBatch): StoreView {
  const held = createHeldSegments();
  const options = { indexBatch, cache: createPageCache(), distrusted: new Set<Lsn>() };
  let known = new Map<Lsn, KnownSegment>();
  let firstLsns: readonly Lsn[] = [];
  let listedAt = Number.NaN;
  let distrustCount = 0;

  /** Listing a folder of a thousand files costs more than a lookup. */
  function list(): readonly Lsn[] {
    const { mtimeMs } = statSync(logFolder(folder.path));
    if (mtimeMs === listedAt) return firstLsns;
    firstLsns = listSegments(folder.path);
    listedAt = Date.now() - mtimeMs > FOLDER_TICK_MS ? mtimeMs : Number.NaN;
    return firstLsns;
  }

  /** What is current now: opened anew where it changed. */
  function openCurrent(next: Map<Lsn, KnownSegment>): void {
    for (const firstLsn of list()) {
      const before = known.get(firstLsn);
      const state = before?.reader.isSealed === true ? before.state : stateOf(folder, firstLsn);
      if (before !== undefined && before.state === state) {
        next.set(firstLsn, before);
        continue;
      }
      const reader = openChangingSegment(folder, firstLsn, options);
      if (reader !== undefined) next.set(firstLsn, { reader, state });
    }
  }

  function retireAllBut(current: typeof known, segments: typeof known): void {
    for (const [firstLsn, { reader }] of segments)
      if (current.get(firstLsn)?.reader !== reader) held.retire(reader);
  }

  return {
    segments() {
      const next: typeof known = new Map();
      try {
        openCurrent(next);
      } catch (error) {
        retireAllBut(known, next);
        throw error;
      }
      retireAllBut(next, known);
      known = next;
      return [...known.values()].map(({ reader }) => reader);
    },
    distrustCount: () => distrustCount,
    distrust(firstLsn) {
      distrustCount++;
      options.distrusted.add(firstLsn);
      const before = known.get(firstLsn);
      if (before === undefined) return;
      known.delete(firstLsn);
      held.retire(before.reader);
    },
    hold: (segments) => held.hold(segments),
    close() {
      for (const { reader } of known.values()) held.retire(reader);
      known = new Map();
    },
  };
}

/** Changes whenever an open segment grows or is sealed. */
function stateOf(folder: StoreFolder, firstLsn: Lsn): string {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;
  return `${size(logFile(folder.path, firstLsn))} ${size(liveIndexFile(folder.path, firstLsn))}`;
}
