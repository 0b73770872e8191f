/** The completion of bash, asked as bash asks: with the words as bash splits them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, inShell, needsShell, type ShellRoom, shellRoom } from "./shells.js";

describe("completion in bash", function () {
  this.timeout(60_000);
  before(needsShell("bash"));
  const folder = temporaryFolder();

  /** Completes each line, given as the words that bash makes of it. */
  function complete(room: ShellRoom, lines: readonly (readonly string[])[]): readonly string[] {
    const calls = lines.map((words) => `ask ${words.map((word) => `'${word}'`).join(" ")}`);
    const text = `
      source '${room.script}'
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _jobtrace; (IFS='|'; echo "\${COMPREPLY[*]}"); }
      ${calls.join("\n")}`;
    return inShell(room, "bash", ["--norc", "-c", text])
      .split("\n")
      .slice(0, -1)
      .map((answer) => answer.split("|").sort().join("|"));
  }

  it("completes commands, options, values, ids, classes, files and folders", async () => {
    const room = await shellRoom(folder(), "bash");
    const cases: readonly (readonly [readonly string[], string])[] = [
      [["jobtrace", "ins"], "inspect"],
      [["jobtrace", "l"], "list|logs|ls"],
      [["jobtrace", "store", "v"], "verify"],
      [["jobtrace", "inspect", "--js"], "--json"],
      [["jobtrace", "list", "--sor"], "--sort="],
      [["jobtrace", "list", "--state", "=", "fai"], "failed"],
      [["jobtrace", "list", "--state", "="], "completed|failed|orphaned|queued|running"],
      [["jobtrace", "list", "--state", "=", "failed,que"], "failed,queued"],
      [["jobtrace", "list", "--sort", "du"], "duration"],
      [["jobtrace", "inspect", "--graph", "=", "m"], "mermaid"],
      [["jobtrace", "inspect", "12c"], CHARGE],
      [["jobtrace", "12c"], CHARGE],
      [["jobtrace", "inspect", "@la"], "@last"],
      [["jobtrace", "inspect", "@last", ":", "Charge"], "ChargeJob"],
      [["jobtrace", "list", "--class", "=", "Charge"], "ChargeJob"],
      [["jobtrace", "help", "exit"], "exit-codes"],
      [["jobtrace", "completion", "f"], "fish"],
      [["jobtrace", "import", "tw"], "two.pb"],
      [["jobtrace", "list", "--store", "=", "in"], "in|in two"],
      [["jobtrace", "list", "--store", "on"], ""],
      [["jobtrace", "nothing", "x"], ""],
    ];
    const answers = complete(
      room,
      cases.map(([words]) => words),
    );
    assert.deepEqual(
      cases.map(([words], at) => [words, answers[at]]),
      cases,
    );
  });

  it("says nothing without a store, and nothing when jobtrace is gone", async () => {
    const room = await shellRoom(folder(), "bash");
    const bare = { ...room, env: { ...room.env, JOBTRACE_STORE: "/nowhere" } };
    assert.deepEqual(complete(bare, [["jobtrace", "inspect", "12c"]]), [""]);
    assert.deepEqual(complete(room, [["/nowhere/jobtrace", "ins"]]), [""]);
  });

  it("is read by bash without a warning", async () => {
    const room = await shellRoom(folder(), "bash");
    const { status, stderr } = spawnSync("bash", ["-n", room.script], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    const shown = inShell(room, "bash", [
      "--norc",
      "-c",
      `source '${room.script}'; complete -p jobtrace`,
    ]);
    assert.match(shown, /-F _jobtrace jobtrace/);
  });
});
