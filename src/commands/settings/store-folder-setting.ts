/** Where the store is when nobody says: ./.jobtrace if it is there, else the user's state folder. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Context } from "../context.js";
import { UsageError } from "../usage-error.js";

const LOCAL = ".jobtrace";

/** An absolute path. */
export function storeFolder(text: string, name: string): string {
  if (text === "") throw new UsageError(`${name} names no folder`);
  return resolve(text);
}

/** `state`: XDG Base Directory, "user-specific state files". */
export function storeFolderDefault({ env }: Context): string {
  if (existsSync(LOCAL)) return resolve(LOCAL);
  return join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "jobtrace");
}
