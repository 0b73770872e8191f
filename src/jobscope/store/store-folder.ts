/** The store's folder: where each file is, and the store's own id. Layout: docs/segment-format.md. */
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Lsn } from "./job-store.js";
import { StoreError } from "./store-error.js";
import { syncFolder } from "./sync-folder.js";

/** Raised when the layout changes in a way that this version cannot read. */
const FORMAT_VERSION = 1;

/** Spans hold what an application does, so nobody else on the machine may read them. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

export interface StoreFolder {
  readonly path: string;
  /** 16 bytes; in every file of the store, so that a file of another one is noticed. */
  readonly storeId: Buffer;
}

interface StoreJson {
  readonly format: number;
  readonly id: string;
  readonly created: string;
}

/** Creates the folders that are not there yet, and makes their names durable. */
export function makeFolders(path: string): void {
  const log = resolve(logFolder(path));
  const made = mkdirSync(log, { recursive: true, mode: FOLDER_MODE });
  // Also where nothing was made: whoever made it may have been killed before it came to this.
  const top = dirname(resolve(made ?? path));
  for (let folder = dirname(log); ; folder = dirname(folder)) {
    syncFolder(folder);
    if (folder === top) return;
  }
}

/** Creates the store's identity where there is none. Only for the holder of its lock. `created`: RFC 3339. */
export function createStoreFolder(path: string, created: string): StoreFolder {
  if (!existsSync(storeJson(path))) {
    const content: StoreJson = { format: FORMAT_VERSION, id: randomUUID(), created };
    const temporary = `${storeJson(path)}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: FILE_MODE, flush: true });
    renameSync(temporary, storeJson(path));
  }
  syncFolder(path);
  return openStoreFolder(path);
}

/** @throws StoreError when there is no store, or one of a newer format. */
export function openStoreFolder(path: string): StoreFolder {
  if (!existsSync(storeJson(path)))
    throw new StoreError("no_store", `no store in ${path}: ${storeJson(path)} is not there`);
  let content: Partial<StoreJson>;
  try {
    content = JSON.parse(readFileSync(storeJson(path), "utf8")) as Partial<StoreJson>;
  } catch (cause) {
    throw new StoreError(
      "unreadable",
      `cannot read ${storeJson(path)}: it is not what jobtrace wrote`,
      { cause },
    );
  }
  if (content.format !== FORMAT_VERSION || typeof content.id !== "string") {
    throw new StoreError(
      "unreadable",
      `cannot read the store in ${path}: its format is ${content.format} and this version reads ${FORMAT_VERSION}`,
    );
  }
  return { path, storeId: Buffer.from(content.id.replaceAll("-", ""), "hex") };
}

export function logFolder(path: string): string {
  return join(path, "log");
}

export function logFile(path: string, firstLsn: Lsn): string {
  return join(logFolder(path), `${segmentName(firstLsn)}.jlog`);
}

export function liveIndexFile(path: string, firstLsn: Lsn): string {
  return join(logFolder(path), `${segmentName(firstLsn)}.jlix`);
}

export function indexPartsFile(path: string, firstLsn: Lsn): string {
  return join(logFolder(path), `${segmentName(firstLsn)}.jpix`);
}

export function sealedIndexFile(path: string, firstLsn: Lsn): string {
  return join(logFolder(path), `${segmentName(firstLsn)}.jidx`);
}

export function tornFile(path: string, firstLsn: Lsn): string {
  return `${logFile(path, firstLsn)}.torn`;
}

/** First lsns of the segments there are, ascending. */
export function listSegments(path: string): readonly Lsn[] {
  return readdirSync(logFolder(path))
    .map((name) => /^([0-9a-f]{16})\.jlog$/.exec(name)?.[1])
    .filter((hex) => hex !== undefined)
    .map((hex) => Number.parseInt(hex, 16))
    .sort((a, b) => a - b);
}

/** What a rotation or a sealing that was killed left behind; only the writer may call this. */
export function removeTemporaryFiles(path: string): void {
  for (const name of readdirSync(logFolder(path)))
    if (/^[0-9a-f]{16}\.(?:jlog|jidx)\.tmp$/.test(name))
      rmSync(join(logFolder(path), name), { force: true });
}

function segmentName(firstLsn: Lsn): string {
  return firstLsn.toString(16).padStart(16, "0");
}

function storeJson(path: string): string {
  return join(path, "STORE.json");
}
