/**
 * Deletes what retention-plan.ts decides on: gathers the facts, carries the decision out, counts what went. Its caller
 * holds the store's lock.
 */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { UnixNano } from "../model/time.js";
import { dropSegments } from "./drop-segments.js";
import type { Dropped, LostSpans } from "./dropped.js";
import type { Lsn } from "./job-store.js";
import {
  type Drop,
  type RetentionLimits,
  type SegmentFacts,
  segmentsToDrop,
} from "./retention-plan.js";
import { type RecordSum, sumRecords } from "./segment-facts.js";
import {
  listSegments,
  indexPartsFile,
  liveIndexFile,
  logFile,
  logFolder,
  openStoreFolder,
  sealedIndexFile,
  type StoreFolder,
  tornFile,
} from "./store-folder.js";

/**
 * Somebody who reads the log in order and has not come to its end: an exporter with its cursor. What it still needs does not
 * go for its age; when it has to go for the store's size, what it lost is told.
 */
export interface LogNeed {
  /** For the person who reads that something was lost: "jaeger". */
  readonly name: string;
  /** The first record still needed; undefined: none. */
  readonly neededFrom: () => Lsn | undefined;
}

export interface PrunerOptions {
  readonly limits: RetentionLimits;
  readonly now: () => UnixNano;
  readonly needs?: readonly LogNeed[];
  /** Whether a writer still replaces files of this segment: a log that is deleted now would come back by its rename. */
  readonly isSealing?: (firstLsn: Lsn) => boolean;
  /** Planning over a large store takes a while: segments looked at, of how many. */
  readonly onLooked?: (looked: number, total: number) => void;
  /** Ends planning; what was planned until then is not all. */
  readonly signal?: AbortSignal;
}

export interface Pruner {
  /** What would go next, oldest first, looking at the `segmentsMax` oldest. Deletes nothing. */
  plan(agedMax: number, segmentsMax: number): Promise<readonly Drop[]>;
  /** What would be lost with them. */
  lostWith(drops: readonly Drop[]): Promise<readonly LostSpans[]>;
  drop(drops: readonly Drop[]): Promise<Dropped>;
}

/** @throws StoreError when there is no store. */
export function createPruner(path: string, options: PrunerOptions): Pruner {
  const folder = openStoreFolder(path);
  const needs = options.needs ?? [];
  /** A closed segment's records do not change, so they are read once. */
  const known = new Map<Lsn, RecordSum>();

  async function factsOf(firstLsn: Lsn, endLsn: Lsn): Promise<SegmentFacts | undefined> {
    const sum = known.get(firstLsn) ?? (await sumRecords(folder, firstLsn));
    if (sum === undefined) return undefined;
    known.set(firstLsn, sum);
    const { spanCount, oldest = sum.createdAt, newest = sum.createdAt } = sum;
    const bytes = bytesOf(path, segmentFiles(path, firstLsn));
    return { firstLsn, endLsn, bytes, spanCount, oldest, newest };
  }

  /** The oldest ones; what is not ours to delete, or not yet, ends the stretch, also for what comes after it. */
  async function oldestClosed(segments: readonly Lsn[], max: number): Promise<SegmentFacts[]> {
    for (const lsn of known.keys()) if (lsn < (segments[0] ?? 0)) known.delete(lsn);
    const closed: SegmentFacts[] = [];
    for (const [i, firstLsn] of segments.slice(0, Math.min(max, segments.length)).entries()) {
      const endLsn = segments[i + 1];
      if (options.signal?.aborted === true) break;
      if (endLsn === undefined || options.isSealing?.(firstLsn) === true) break;
      const facts = await factsOf(firstLsn, endLsn);
      if (facts === undefined) break;
      closed.push(facts);
      options.onLooked?.(i + 1, segments.length);
    }
    return closed;
  }

  return {
    async plan(agedMax, segmentsMax) {
      const segments = listSegments(path);
      const state = {
        closed: await oldestClosed(segments, segmentsMax),
        totalBytes: bytesOf(path, readdirSync(logFolder(path))),
        newest: await newestOf(folder, segments),
        now: options.now(),
        neededFrom: earliestNeed(needs),
      };
      return segmentsToDrop(state, options.limits, agedMax);
    },
    lostWith: (drops) => lostBy(folder, drops, needs),
    async drop(drops) {
      const lost = await lostBy(folder, drops, needs);
      await dropSegments(
        path,
        drops.map(({ segment }) => segment.firstLsn),
      );
      return { drops, lost };
    },
  };
}

/** The newest segment may have been begun a moment ago; then the one before tells. */
async function newestOf(
  folder: StoreFolder,
  segments: readonly Lsn[],
): Promise<UnixNano | undefined> {
  for (const firstLsn of segments.slice(-2).reverse()) {
    const newest = (await sumRecords(folder, firstLsn))?.newest;
    if (newest !== undefined) return newest;
  }
  return undefined;
}

function earliestNeed(needs: readonly LogNeed[]): Lsn | undefined {
  const lsns = needs.map(({ neededFrom }) => neededFrom()).filter((lsn) => lsn !== undefined);
  return lsns.length === 0 ? undefined : Math.min(...lsns);
}

async function lostBy(
  folder: StoreFolder,
  drops: readonly Drop[],
  needs: readonly LogNeed[],
): Promise<readonly LostSpans[]> {
  const lost: LostSpans[] = [];
  for (const { name, neededFrom } of needs) {
    const from = neededFrom();
    let spanCount = 0;
    for (const { segment } of drops) {
      if (from === undefined || from >= segment.endLsn) continue;
      // Of a segment that was read in part, only the rest is lost.
      spanCount += (await sumRecords(folder, segment.firstLsn, from))?.spanCount ?? 0;
    }
    if (spanCount > 0) lost.push({ name, spanCount });
  }
  return lost;
}

function segmentFiles(path: string, firstLsn: Lsn): readonly string[] {
  return [logFile, sealedIndexFile, liveIndexFile, indexPartsFile, tornFile].map((of) =>
    basename(of(path, firstLsn)),
  );
}

function bytesOf(path: string, names: readonly string[]): number {
  return names
    .map((name) => statSync(join(logFolder(path), name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
