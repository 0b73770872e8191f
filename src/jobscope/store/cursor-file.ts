/**
 * How far somebody who reads the log in order has come: the lsn that is next. `cur/NAME.cur` in the store's folder holds it
 * twice, in sectors of their own. What was synced last is never written over, so a write that is torn leaves it.
 *
 * Layout: docs/segment-format.md, "Cursors".
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Lsn } from "./job-store.js";
import { readFrom } from "./read-file.js";
import { CREATE_EMPTY, openFile, READ_WRITE } from "./open-file.js";
import { FOLDER_MODE, type StoreFolder } from "./store-folder.js";
import { syncFolder } from "./sync-folder.js";

export interface CursorFile {
  /** A process that is killed keeps it; a machine that loses its power may not. */
  save(next: Lsn): void;
  /** What was saved is durable when this returns. */
  sync(): void;
  close(): void;
}

export type CursorRead =
  /** The record at `next` is the first that is still to be read. */
  | { readonly kind: "at"; readonly next: Lsn }
  /** There is no such file: it was never used, or somebody deleted it. */
  | { readonly kind: "none" }
  | { readonly kind: "damaged"; readonly file: string };

const MAGIC = 0x5255434a;
const SLOT_BYTES = 48;
/** One for each slot: what a disk writes as a whole. */
const SECTOR_BYTES = 512;
const SECTORS = [0, SECTOR_BYTES] as const;

interface Saved {
  readonly sequence: bigint;
  readonly next: Lsn;
}

interface Slot extends Saved {
  /** Of {@link SECTORS}. */
  readonly slot: number;
}

export function cursorFolder(path: string): string {
  return join(path, "cur");
}

/** `name`: of the reader. Different names have different files, whatever characters they are made of. */
export function cursorFile(path: string, name: string): string {
  const readable = name.replace(/[^\w.-]+/g, "_").slice(0, 60);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return join(cursorFolder(path), `${readable}-${hash}.cur`);
}

/** Files of all cursors of a store. */
export function listCursors(path: string): readonly string[] {
  try {
    return readdirSync(cursorFolder(path))
      .filter((file) => file.endsWith(".cur"))
      .sort()
      .map((file) => join(cursorFolder(path), file));
  } catch {
    return [];
  }
}

/** @throws Error of the file system other than that there is no file. */
export function readCursor({ storeId }: StoreFolder, file: string): CursorRead {
  const newest = newestSlot(storeId, file);
  if (newest === "none") return { kind: "none" };
  return newest === undefined ? { kind: "damaged", file } : { kind: "at", next: newest.next };
}

/** Makes the file where there is none, or where it is damaged. Only for the holder of the store's lock. */
export function openCursor(folder: StoreFolder, name: string): CursorFile {
  const file = cursorFile(folder.path, name);
  const newest = newestSlot(folder.storeId, file);
  let sequence = typeof newest === "object" ? newest.sequence : 0n;
  let spare = typeof newest === "object" ? 1 - newest.slot : 0;
  if (typeof newest !== "object") create(folder.path, file);
  const fd = openFile(file, READ_WRITE);
  return {
    save(next) {
      sequence++;
      writeSync(fd, encode(folder.storeId, { sequence, next }), 0, SLOT_BYTES, SECTORS[spare]);
    },
    sync() {
      fdatasyncSync(fd);
      spare = 1 - spare;
    },
    close: () => closeSync(fd),
  };
}

/** Both sectors empty, under its name when it is whole. */
function create(path: string, file: string): void {
  mkdirSync(cursorFolder(path), { recursive: true, mode: FOLDER_MODE });
  const temporary = `${file}.tmp`;
  const fd = openFile(temporary, CREATE_EMPTY);
  try {
    writeSync(fd, Buffer.alloc(SECTORS.length * SECTOR_BYTES));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  syncFolder(cursorFolder(path));
  syncFolder(path);
}

/** undefined: neither slot is whole and of this store. */
function newestSlot(storeId: Buffer, file: string): Slot | "none" | undefined {
  let bytes: Buffer;
  try {
    bytes = readFrom(file, 0, SECTORS.length * SECTOR_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "none";
    throw error;
  }
  return SECTORS.map((at, slot): Slot | undefined => {
    const saved = decode(storeId, bytes.subarray(at, at + SLOT_BYTES));
    return saved && { ...saved, slot };
  })
    .filter((slot) => slot !== undefined)
    .sort((a, b) => (a.sequence < b.sequence ? 1 : -1))[0];
}

/** Magic, checksum of what follows, store id, sequence, lsn. */
function encode(storeId: Buffer, { sequence, next }: Saved): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  storeId.copy(bytes, 8);
  bytes.writeBigUInt64LE(sequence, 24);
  bytes.writeBigUInt64LE(BigInt(next), 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function decode(storeId: Buffer, bytes: Buffer): Saved | undefined {
  if (bytes.length < SLOT_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8))) return undefined;
  if (!bytes.subarray(8, 24).equals(storeId)) return undefined;
  return { sequence: bytes.readBigUInt64LE(24), next: Number(bytes.readBigUInt64LE(32)) };
}
