/**
 * The open segment's file: appends that are durable when they resolve, and never half a record in the middle.
 *
 * A raw file descriptor and the callback API, because this is the hot path and each layer above it costs as much as the
 * checksum of a batch.
 */
import {
  close,
  closeSync,
  fdatasync,
  fsyncSync,
  fstatSync,
  ftruncate,
  renameSync,
  statSync,
  write,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { UnixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";
import { CREATE_EMPTY, openFile, READ_WRITE } from "./open-file.js";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import { StoreError } from "./store-error.js";
import { logFile, logFolder, type StoreFolder } from "./store-folder.js";
import { syncFolder } from "./sync-folder.js";

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
  /** @throws StoreError with code "disk_failed": a second try would succeed without the bytes being there. */
  sync(): Promise<void>;
  /** @throws StoreError with code "disk_failed" when the file is not what stands under its name any more. */
  assertInPlace(): void;
  close(): Promise<void>;
}

/**
 * Creates the file with its header, durable together with its name in the folder. It gets its name when the header is
 * durable, so that no power loss leaves a log whose header is garbage.
 */
export function createLogFile(folder: StoreFolder, firstLsn: Lsn, createdAt: UnixNano): LogFile {
  // A file of this name can only be one without records: recovery begins such a segment again.
  const path = logFile(folder.path, firstLsn);
  const temporary = `${path}.tmp`;
  const fd = openFile(temporary, CREATE_EMPTY);
  try {
    const { storeId } = folder;
    writeSync(fd, encodeSegmentHeader({ firstLsn, createdAt, storeId, generation: 0 }));
    syncOrFail(() => fsyncSync(fd));
    renameSync(temporary, path);
    syncOrFail(() => syncFolder(logFolder(folder.path)));
  } catch (error) {
    // Tried again with the next commit; a descriptor kept each time would end with none left.
    closeSync(fd);
    throw error;
  }
  return openedLogFile(fd, path, { firstLsn, createdAt }, SEGMENT_HEADER_BYTES);
}

/** `size`: where its last whole record ends; recovery has cut off what followed. */
export function reopenLogFile(folder: StoreFolder, header: SegmentHeader, size: number): LogFile {
  const path = logFile(folder.path, header.firstLsn);
  return openedLogFile(openFile(path, READ_WRITE), path, header, size);
}

function syncOrFail(sync: () => void): void {
  try {
    sync();
  } catch (cause) {
    throw diskFailed("cannot make spans durable", cause);
  }
}

function openedLogFile(
  fd: number,
  path: string,
  { firstLsn, createdAt }: Pick<SegmentHeader, "firstLsn" | "createdAt">,
  begin: number,
): LogFile {
  let size = begin;
  const opened = fstatSync(fd);

  /** Bytes of a failed write that stay would stand in the way of the next one. */
  async function cutBack(): Promise<void> {
    await truncateAsync(fd, size).catch((cause: unknown) => {
      throw diskFailed("cannot cut off a failed write", cause);
    });
  }

  function assertInPlace(): void {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.ino === opened.ino && found.dev === opened.dev) return;
    const what = found === undefined ? "removed" : "replaced";
    throw new StoreError(
      "disk_failed",
      `cannot keep spans: ${path} was ${what} while it was written; restart jobtrace`,
    );
  }

  return {
    firstLsn,
    createdAt,
    size: () => size,
    assertInPlace,
    async write(bytes) {
      try {
        size += await writeAll(fd, bytes, size);
      } catch (error) {
        await cutBack();
        throw error;
      }
      assertInPlace();
    },
    async sync() {
      await syncAsync(fd).catch((cause: unknown) => {
        throw diskFailed("cannot make spans durable", cause);
      });
    },
    close: () => closeAsync(fd),
  };
}

function diskFailed(what: string, cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError("disk_failed", `${what}: ${why}; restart jobtrace once the disk is well`, {
    cause,
  });
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
