/**
 * Makes a store look as after a power loss: names that were not durable are undone, and every file is cut somewhere behind
 * its durable bytes, with any of the sectors between damaged.
 */
import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { SeededRandom } from "../seeded-random.js";
import type { DurableState, PendingName } from "./durable-state.js";

const SECTOR_BYTES = 512;

/** `state`: of the store at `from`; `store` is it, or a copy of it. */
export function losePower(
  store: string,
  from: string,
  state: DurableState,
  random: SeededRandom,
): void {
  const synced = new Map(state.synced);
  const here = (path: string): string => join(store, path.slice(from.length));
  const isInside = (path: string): boolean => path === from || path.startsWith(`${from}/`);
  // Half the time all of them, else any of them: a journal keeps their order, a file system without one need not.
  const all = random.below(2) === 0;
  for (const name of [...state.pending].reverse())
    if (isInside(name.path) && (all || random.below(2) === 0)) undo(name, here, synced);
  for (const file of filesIn(store))
    loseTail(file, synced.get(join(from, file.slice(store.length))) ?? 0, random);
}

function undo(
  name: PendingName,
  here: (path: string) => string,
  synced: Map<string, number>,
): void {
  const path = here(name.path);
  if (name.call === "create" || name.call === "mkdir" || name.call === "rename")
    rmSync(path, { recursive: true, force: true });
  if (
    (name.call !== "rename" && name.call !== "unlink") ||
    name.saved === undefined ||
    !existsSync(dirname(path))
  )
    return;
  copyFileSync(name.saved, path);
  // It was durable when it was replaced, or it was an index, which may be damaged anyway.
  synced.set(name.path, path.endsWith(".jlog") ? statSync(path).size : 0);
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function loseTail(file: string, synced: number, random: SeededRandom): void {
  const { size } = statSync(file);
  if (size <= synced) return;
  const cut = random.pick([synced, size, synced + random.below(size - synced + 1)]);
  truncateSync(file, cut);
  const fd = openSync(file, "r+");
  for (let at = synced; at < cut; at = nextSector(at)) {
    const length = Math.min(nextSector(at), cut) - at;
    const damage = random.pick(["none", "zeros", "garbage"]);
    if (damage === "zeros") writeSync(fd, Buffer.alloc(length), 0, length, at);
    if (damage === "garbage") writeSync(fd, random.bytes(length), 0, length, at);
  }
  closeSync(fd);
}

function nextSector(at: number): number {
  return (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;
}
