/** Opens the store's own files. One that is a link leads to a file of somebody else, so it is refused by its name. */
import { constants, openSync } from "node:fs";
import { StoreError } from "./store-error.js";
import { FILE_MODE } from "./store-folder.js";

export const READ = constants.O_RDONLY;
export const READ_WRITE = constants.O_RDWR;
export const CREATE = constants.O_RDWR | constants.O_CREAT;
export const CREATE_EMPTY = CREATE | constants.O_TRUNC;

/** What a system calls it that was asked not to follow a link: Linux and macOS, FreeBSD. */
const IS_LINK: readonly (string | undefined)[] = ["ELOOP", "EMLINK"];

/** A descriptor. @throws StoreError for a symbolic link, else what the system says. */
export function openFile(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW, FILE_MODE);
  } catch (cause) {
    if (!IS_LINK.includes((cause as NodeJS.ErrnoException).code)) throw cause;
    throw new StoreError("unreadable", `cannot use ${path}: it is a symbolic link; move it away`, {
      cause,
    });
  }
}
