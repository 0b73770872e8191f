/** Reads parts of files, synchronously: a reader's questions are short, and each needs the answer before the next. */
import { closeSync, fstatSync, readSync } from "node:fs";
import { openFile, READ } from "./open-file.js";

/** The bytes of a file from `offset` on, at most `lengthMax`. */
export function readFrom(
  file: string,
  offset: number,
  lengthMax = Number.MAX_SAFE_INTEGER,
): Buffer {
  const fd = openFile(file, READ);
  try {
    return readOpen(fd, offset, Math.min(lengthMax, Math.max(0, fstatSync(fd).size - offset)));
  } finally {
    closeSync(fd);
  }
}

/** Up to `length` bytes from `offset` on; fewer where the file ends. */
export function readOpen(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let have = 0;
  while (have < length) {
    const read = readSync(fd, bytes, have, length - have, offset + have);
    if (read === 0) break;
    have += read;
  }
  return bytes.subarray(0, have);
}

/** undefined: there is no such file. */
export function openIfThere(file: string): number | undefined {
  try {
    return openFile(file, READ);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
