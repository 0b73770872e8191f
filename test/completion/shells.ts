/** Real shells, with the built command on their PATH, a store of their own and files to complete. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { completionScript, type Shell } from "../../src/commands/completion/scripts.js";
import { jobtrace, MAIN } from "../end-to-end/serve-process.js";

const RUN = "test/fixtures/runs/shop-link-full";

export const CHARGE = "12c0218bd14de9ead7416414";

/** Skips the test, and says so, where this shell is not installed. */
export function needsShell(shell: Shell): (this: Mocha.Context) => void {
  return function () {
    if (spawnSync(shell, ["-c", "exit 0"]).status !== 0) this.skip();
  };
}

export interface ShellRoom {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where completionScript's text is. */
  readonly script: string;
}

/** In `folder`: bin/jobtrace, a store with a recorded run, the files one.pb and two.pb, the folders in/ and "in two"/. */
export async function shellRoom(folder: string, shell: Shell): Promise<ShellRoom> {
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    join(folder, "bin/jobtrace"),
    `#!/bin/sh\nexec "${process.execPath}" "${resolve(MAIN)}" "$@"\n`,
    { mode: 0o755 },
  );
  for (const name of ["in", "in two"]) mkdirSync(join(folder, name));
  for (const name of ["one.pb", "two.pb"]) writeFileSync(join(folder, name), "");
  const script = join(folder, `_jobtrace.${shell}`);
  writeFileSync(script, `${completionScript(shell)}\n`);
  const files = ["001", "002", "003", "004", "005", "006"].map((name) => `${RUN}/${name}.pb.gz`);
  const { code, stderr } = await jobtrace(["import", "-q", ...files, `--store=${folder}/store`]);
  assert.equal(code, 0, stderr);
  return {
    folder,
    script,
    env: {
      ...process.env,
      PATH: `${folder}/bin:${process.env["PATH"] ?? ""}`,
      HOME: folder,
      JOBTRACE_STORE: `${folder}/store`,
      TERM: "dumb",
    },
  };
}

/** What the shell prints; what it says on stderr is part of it, for a completion must say nothing. */
export function inShell(
  room: ShellRoom,
  shell: Shell,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { stdout, stderr, status, error } = spawnSync(shell, [...args], {
    cwd: room.folder,
    env: { ...room.env, ...env },
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(error, undefined);
  assert.equal(status, 0, stderr);
  return stderr + stdout;
}
