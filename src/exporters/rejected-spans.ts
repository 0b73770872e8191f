/**
 * Spans that a peer does not take, each in a request of its own with why: `rejected/` in the store's folder. Nothing of them
 * is lost by it: they stay in the log as well.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FILE_MODE, FOLDER_MODE } from "../jobscope/store/store-folder.js";

/** A peer that refuses everything must not fill the disk. */
const FILES_MAX = 1000;

export interface RejectedSpans {
  /** Whether it was kept: a thousand are enough to see what is wrong. */
  keep(request: Buffer, code: string, reason: string): boolean;
}

/** `path`: of the store. `now`: milliseconds since 1970. */
export function createRejectedSpans(path: string, peer: string, now: () => number): RejectedSpans {
  const folder = join(path, "rejected");
  let count: number | undefined;
  return {
    keep(request, code, reason) {
      mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
      count ??= readdirSync(folder).filter((name) => name.endsWith(".pb")).length;
      if (count >= FILES_MAX) return false;
      count++;
      const time = new Date(now()).toISOString().replaceAll(":", "-");
      const name = join(folder, `${time}-${String(count).padStart(4, "0")}`);
      writeFileSync(`${name}.pb`, request, { mode: FILE_MODE });
      writeFileSync(`${name}.txt`, `${peer}\n${code}\n${reason}\n`, { mode: FILE_MODE });
      return true;
    },
  };
}
