/** What a store holds, added up from the headers of its indexes: no record is read for it. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { UnixNano } from "../model/time.js";
import type { Damage, StoreInfo } from "./job-store.js";
import type { SegmentReader } from "./segment-reader.js";
import { logFolder, type StoreFolder } from "./store-folder.js";

export function infoOf(
  folder: StoreFolder,
  segments: readonly SegmentReader[],
  damagedIndexes: readonly Damage[],
): StoreInfo {
  let newest: UnixNano | undefined;
  let oldest: UnixNano | undefined;
  let batchCount = 0;
  let spanCount = 0;
  let logCount = 0;
  let endLsn = 0;
  for (const header of segments.flatMap(({ headers }) => headers)) {
    if (newest === undefined || header.newest > newest) newest = header.newest;
    if (oldest === undefined || header.oldest < oldest) oldest = header.oldest;
    batchCount += header.recordCount;
    spanCount += header.spanCount;
    logCount += header.logCount;
    endLsn = Math.max(endLsn, header.endLsn);
  }
  return {
    location: folder.path,
    batchCount,
    spanCount,
    logCount,
    jobCountMax: segments.reduce((sum, segment) => sum + segment.jobCount(), 0),
    firstLsn: segments[0]?.firstLsn ?? 0,
    endLsn,
    bytes: bytesOnDisk(folder),
    newest,
    oldest,
    damage: [...segments.flatMap(({ damage }) => damage), ...damagedIndexes],
  };
}

function bytesOnDisk(folder: StoreFolder): number {
  return readdirSync(logFolder(folder.path))
    .map(
      (name) => statSync(join(logFolder(folder.path), name), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((sum, size) => sum + size, 0);
}
