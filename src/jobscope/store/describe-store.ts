/**
 * What `jobtrace store info` tells of a store: what the headers of its indexes say, and its files. Of a sealed segment
 * nothing else is read, so that it takes no longer for a large store than for a small one.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { NANOS_PER_MS, type UnixNano, unixNano } from "../model/time.js";
import type { IndexBatch, Lsn, StoreInfo } from "./job-store.js";
import type { SegmentReader } from "./segment-reader.js";
import { logFolder, openStoreFolder } from "./store-folder.js";
import { infoOf } from "./store-info.js";
import { type Holder, storeHolder } from "./store-lock.js";
import { createStoreView } from "./store-view.js";

export interface StoreDescription extends StoreInfo {
  readonly format: number;
  readonly id: string;
  /** undefined: STORE.json does not say. */
  readonly createdAt: UnixNano | undefined;
  /** Who writes to it; undefined: nobody. */
  readonly writer: Pick<Holder, "pid" | "host"> | undefined;
  /** The newest segment counts as open: the next writer goes on with it. */
  readonly segmentCount: number;
  /** Numbers of records that no index has: damaged, or in a file that is gone. Those before the oldest segment do not count. */
  readonly missingRecordCount: number;
  readonly logBytes: number;
  /** Live and sealed indexes, and what a recovery set aside. */
  readonly besideBytes: number;
}

/** @throws StoreError when there is no store or it cannot be read. */
export function describeStore(path: string, indexBatch: IndexBatch): StoreDescription {
  const folder = openStoreFolder(path);
  const view = createStoreView(folder, indexBatch);
  try {
    const segments = view.segments();
    return {
      ...infoOf(folder, segments, []),
      ...identityOf(path),
      ...sizesOf(path),
      writer: storeHolder(path),
      segmentCount: segments.length,
      missingRecordCount: missingIn(segments),
    };
  } finally {
    view.close();
  }
}

function identityOf(path: string): Pick<StoreDescription, "format" | "id" | "createdAt"> {
  const { format, id, created } = JSON.parse(readFileSync(join(path, "STORE.json"), "utf8")) as {
    readonly format: number;
    readonly id: string;
    readonly created?: string;
  };
  const createdAt = Date.parse(created ?? "");
  return {
    format,
    id,
    createdAt: Number.isNaN(createdAt) ? undefined : unixNano(BigInt(createdAt) * NANOS_PER_MS),
  };
}

function sizesOf(path: string): Pick<StoreDescription, "logBytes" | "besideBytes"> {
  let logBytes = 0;
  let besideBytes = 0;
  for (const name of readdirSync(logFolder(path))) {
    const bytes = statSync(join(logFolder(path), name), { throwIfNoEntry: false })?.size ?? 0;
    if (name.endsWith(".jlog")) logBytes += bytes;
    else besideBytes += bytes;
  }
  return { logBytes, besideBytes };
}

function missingIn(segments: readonly SegmentReader[]): number {
  let missing = 0;
  let next: Lsn | undefined;
  for (const { firstLsn, headers } of segments) {
    if (next !== undefined) missing += Math.max(0, firstLsn - next);
    next = firstLsn;
    for (const header of headers) {
      missing += header.endLsn - next - header.recordCount;
      next = header.endLsn;
    }
  }
  return missing;
}
