/** What `jobtrace store info` tells of a store's files, beside what every reader knows. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { NANOS_PER_MS, type UnixNano, unixNano } from "../model/time.js";
import { listSegments, logFolder, openStoreFolder } from "./store-folder.js";
import { type Holder, storeHolder } from "./store-lock.js";

export interface StoreDescription {
  readonly format: number;
  readonly id: string;
  /** undefined: STORE.json does not say. */
  readonly createdAt: UnixNano | undefined;
  /** Who writes to it; undefined: nobody. */
  readonly writer: Pick<Holder, "pid" | "host"> | undefined;
  /** The newest segment counts as open: the next writer goes on with it. */
  readonly segmentCount: number;
  readonly logBytes: number;
  /** Live and sealed ones, and what a recovery set aside. */
  readonly besideBytes: number;
}

/** @throws StoreError when there is no store. */
export function describeStore(path: string): StoreDescription {
  openStoreFolder(path);
  const content = JSON.parse(readFileSync(join(path, "STORE.json"), "utf8")) as {
    readonly format: number;
    readonly id: string;
    readonly created?: string;
  };
  const { format, id } = content;
  const created = Date.parse(content.created ?? "");
  const sizes = readdirSync(logFolder(path)).map((name) => ({
    isLog: name.endsWith(".jlog"),
    bytes: statSync(join(logFolder(path), name), { throwIfNoEntry: false })?.size ?? 0,
  }));
  const sum = (isLog: boolean): number =>
    sizes.filter((each) => each.isLog === isLog).reduce((total, { bytes }) => total + bytes, 0);
  return {
    format,
    id,
    createdAt: Number.isNaN(created) ? undefined : unixNano(BigInt(created) * NANOS_PER_MS),
    writer: storeHolder(path),
    segmentCount: listSegments(path).length,
    logBytes: sum(true),
    besideBytes: sum(false),
  };
}
