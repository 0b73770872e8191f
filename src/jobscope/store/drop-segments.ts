/**
 * Deletes whole segments. The log goes first, because readers look for logs: from then on the segment is gone, and what
 * is left of its files after a crash is nobody's index, which the next look cleans up.
 */
import { open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Lsn } from "./job-store.js";
import { listSegments, logFile, logFolder } from "./store-folder.js";

/** Only the holder of the store's lock may. When it resolves, a power cut does not bring them back. */
export async function dropSegments(path: string, firstLsns: readonly Lsn[]): Promise<void> {
  for (const firstLsn of firstLsns) await unlinkIfThere(logFile(path, firstLsn));
  await syncFolder(logFolder(path));
  await dropLeftovers(path);
}

/** A file that stands beside a log and is made from it: live and sealed index, a half-written one, a torn tail. */
const BESIDE_A_LOG = /^([0-9a-f]{16})\.(?:jlix|jpix|jidx|jidx\.tmp|jlog\.tmp|jlog\.torn)$/;

/** Files beside logs that are older than any there is. Others without a log are left: somebody may have moved theirs away. */
export async function dropLeftovers(path: string): Promise<void> {
  const [oldest] = listSegments(path);
  if (oldest === undefined) return;
  for (const name of await readdir(logFolder(path))) {
    const [, hex] = BESIDE_A_LOG.exec(name) ?? [];
    if (hex !== undefined && Number.parseInt(hex, 16) < oldest)
      await unlinkIfThere(join(logFolder(path), name));
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Off the event loop, unlike log-file.ts's: a server answers meanwhile. Some systems cannot sync a folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  } finally {
    await folder.close();
  }
}
