/** Makes names durable: a file that is synced is lost all the same when the folder that names it is not. */
import { closeSync, fsyncSync, openSync } from "node:fs";

/** Where these are answered the name is as durable as the system makes it: no folder can be synced, or not by us. */
const CANNOT_BE_SYNCED: readonly (string | undefined)[] = ["EINVAL", "EACCES", "EPERM", "EISDIR"];

/** Makes the names in this folder durable, those created, renamed and removed. @throws when the disk fails. */
export function syncFolder(path: string): void {
  try {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!CANNOT_BE_SYNCED.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}
