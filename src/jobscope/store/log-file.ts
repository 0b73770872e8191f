/**
 * The open segment's file: appends that are durable when they resolve, and never half a record in the middle.
 *
 * A raw file descriptor and the callback API, because this is the hot path and each layer above it costs as much as the
 * checksum of a batch.
 */
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncate,
  openSync,
  write,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { UnixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import { FILE_MODE, logFile, logFolder, type StoreFolder } from "./store-folder.js";

const closeAsync = promisify(close);
const truncateAsync = promisify(ftruncate);
const syncAsync = promisify(fdatasync);

export interface LogFile {
  readonly firstLsn: Lsn;
  readonly createdAt: UnixNano;
  /** Bytes; where the next record begins. */
  size(): number;
  /** Writes all of it at the end, or none: a failed write is cut off again. */
  write(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Creates the file with its header, durable together with its name in the folder. */
export function createLogFile(folder: StoreFolder, firstLsn: Lsn, createdAt: UnixNano): LogFile {
  // A file of this name can only be one without records: recovery begins such a segment again.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;
  const fd = openSync(logFile(folder.path, firstLsn), flags, FILE_MODE);
  const { storeId } = folder;
  writeSync(fd, encodeSegmentHeader({ firstLsn, createdAt, storeId, generation: 0 }));
  fsyncSync(fd);
  syncFolder(logFolder(folder.path));
  return openedLogFile(fd, firstLsn, createdAt, SEGMENT_HEADER_BYTES);
}

/** `size`: where its last whole record ends; recovery has cut off what followed. */
export function reopenLogFile(folder: StoreFolder, header: SegmentHeader, size: number): LogFile {
  const fd = openSync(logFile(folder.path, header.firstLsn), constants.O_RDWR);
  return openedLogFile(fd, header.firstLsn, header.createdAt, size);
}

function openedLogFile(fd: number, firstLsn: Lsn, createdAt: UnixNano, begin: number): LogFile {
  let size = begin;
  return {
    firstLsn,
    createdAt,
    size: () => size,
    async write(bytes) {
      try {
        size += await writeAll(fd, bytes, size);
      } catch (error) {
        await truncateAsync(fd, size);
        throw error;
      }
    },
    sync: () => syncAsync(fd),
    close: () => closeAsync(fd),
  };
}

/**
 * A short count from the kernel means that the next write fails (a full disk), so the rest is tried until it is told
 * why. Returns the bytes written.
 */
async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  let written = 0;
  while (written < bytes.length) {
    written += await writeSome(fd, bytes.subarray(written), position + written);
  }
  return written;
}

function writeSome(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

/** Makes a created or renamed name durable. Some systems cannot sync a folder; there the name is as durable as they make it. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  } finally {
    closeSync(fd);
  }
}
