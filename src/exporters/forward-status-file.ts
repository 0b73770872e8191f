/** The last known status of each peer, beside its cursor: for who asks while nobody is forwarding, or from another process. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unixNano } from "../jobscope/model/time.js";
import { cursorFile, cursorFolder } from "../jobscope/store/cursor-file.js";
import { FILE_MODE } from "../jobscope/store/store-folder.js";
import type { ForwardStatus } from "./forward-status.js";

/** `store`: its folder. `name`: of the cursor. Not synced: it is told anew every second. */
export function saveStatus(store: string, name: string, status: ForwardStatus): void {
  const file = statusFile(store, name);
  const text = JSON.stringify(status, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  writeFileSync(`${file}.tmp`, `${text}\n`, { mode: FILE_MODE });
  renameSync(`${file}.tmp`, file);
}

/** By name; empty where nothing was ever forwarded. A file that cannot be read is passed over. */
export function readStatuses(store: string): readonly ForwardStatus[] {
  let names: readonly string[];
  try {
    names = readdirSync(cursorFolder(store));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readStatus(join(cursorFolder(store), name)))
    .filter((status) => status !== undefined);
}

function readStatus(file: string): ForwardStatus | undefined {
  try {
    const status = JSON.parse(readFileSync(file, "utf8")) as ForwardStatus;
    const { since, lastSuccessAt } = status;
    return {
      ...status,
      since: unixNano(BigInt(since)),
      lastSuccessAt: lastSuccessAt === undefined ? undefined : unixNano(BigInt(lastSuccessAt)),
    };
  } catch {
    return undefined;
  }
}

function statusFile(store: string, name: string): string {
  return cursorFile(store, name).replace(/\.cur$/, ".json");
}
