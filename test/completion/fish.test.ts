/** The completion of fish, asked through `complete -C`, which answers what the key would show. */
import assert from "node:assert/strict";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, inShell, needsShell, type ShellRoom, shellRoom } from "./shells.js";

describe("completion in fish", function () {
  this.timeout(60_000);
  before(needsShell("fish"));
  const folder = temporaryFolder();

  function complete(room: ShellRoom, line: string): readonly string[] {
    const text = `source '${room.script}'; complete -C '${line}'`;
    const answer = inShell(room, "fish", ["--no-config", "-c", text]);
    return answer.split("\n").filter((each) => each !== "");
  }

  it("completes commands, options, values, ids, classes, files and folders, and says what they are", async () => {
    const room = await shellRoom(folder(), "fish");
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["jobtrace ins", ["inspect\tone job, as a timeline"]],
      ["jobtrace store v", ["verify\tread everything, name what is damaged"]],
      ["jobtrace list --state=fai", ["--state=failed"]],
      ["jobtrace list --state=failed,que", ["--state=failed,queued"]],
      ["jobtrace list --sort du", ["duration"]],
      ["jobtrace inspect 12c", [`${CHARGE}\tChargeJob, completed`]],
      ["jobtrace inspect @last:Charge", ["@last:ChargeJob"]],
      ["jobtrace import tw", ["two.pb"]],
      ["jobtrace list --store=in", ["--store=in two/\tDirectory", "--store=in/\tDirectory"]],
      ["jobtrace list --store on", []],
    ];
    for (const [line, expected] of cases)
      assert.deepEqual([...complete(room, line)].sort(), [...expected], line);
  });

  it("says nothing without a store", async () => {
    const room = await shellRoom(folder(), "fish");
    const bare = { ...room, env: { ...room.env, JOBTRACE_STORE: "/nowhere" } };
    assert.deepEqual(complete(bare, "jobtrace inspect 12c"), []);
  });
});
