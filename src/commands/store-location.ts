/** Where the store is: --store, else JOBTRACE_STORE, else ./.jobtrace if it is there, else the user's state folder. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

const LOCAL = ".jobtrace";

/** An absolute path. `state`: XDG Base Directory, "user-specific state files". */
export function storeLocation(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = option ?? env["JOBTRACE_STORE"];
  if (named !== undefined && named !== "") return resolve(named);
  if (existsSync(LOCAL)) return resolve(LOCAL);
  const state = env["XDG_STATE_HOME"];
  return join(
    state === undefined || state === "" ? join(homedir(), ".local", "state") : state,
    "jobtrace",
  );
}
