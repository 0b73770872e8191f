/** The process is killed before each of its file calls in turn: while it makes a store, rotates, and recovers what is there. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexTestBatch } from "../jobscope/store/store-batches.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type DiskFault, underDisk } from "./disk-plan.js";

/** Every how many-th call is tried, from a different one each time; 1 tries all of them, which takes minutes. */
const STEP = Number(process.env["CRASH_STEP"] ?? 8);
const CALLS_MAX = 500;

interface Run {
  readonly killed: boolean;
  /** Ids that were acknowledged. */
  readonly ids: readonly string[];
}

describe("M6 a crash at each file call", function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const script = fileURLToPath(new URL("./append-store.js", import.meta.url));

  /** `nth`: the call to be killed before; undefined: none. */
  function run(prefix: string, nth?: number): Run {
    return runUnder(
      prefix,
      nth === undefined
        ? []
        : [{ call: "any", suffix: "", from: nth, effect: { kind: "kill" } } as const],
    );
  }

  function runUnder(prefix: string, faults: readonly DiskFault[]): Run {
    const { nodeOptions, env } = underDisk({ faults });
    const { stdout, signal, status, stderr } = spawnSync(
      process.execPath,
      [...nodeOptions, script, store(), prefix],
      { encoding: "utf8", env: { ...process.env, ...env } },
    );
    assert.ok(signal === "SIGKILL" || status === 0, `${prefix}: ended with ${status}: ${stderr}`);
    return { killed: signal === "SIGKILL", ids: stdout.split("\n").filter(Boolean) };
  }

  async function assertThere(ids: readonly string[], when: string): Promise<void> {
    if (ids.length === 0) return;
    const reader = openFileStoreReader(store(), { indexBatch: indexTestBatch });
    for (const id of ids) {
      const rows = await reader.findRows(id);
      assert.equal(rows.length, 1, `${id} is there ${rows.length} times ${when}`);
      assert.ok(await reader.read(rows[0]?.lsn ?? -1), `${id} cannot be read ${when}`);
    }
    assert.deepEqual((await reader.info()).damage, [], when);
    await reader.close();
  }

  for (const [name, isNew] of [
    ["making a store and rotating", true],
    ["opening what earlier crashes left, and rotating", false],
  ] as const) {
    it(`D22 ${name}: opens afterwards, nothing that was acknowledged is lost`, async () => {
      let kept: readonly string[] = [];
      let killed = true;
      let nth = 1 + (Date.now() % STEP);
      for (; killed && nth < CALLS_MAX; nth += STEP) {
        if (isNew) {
          rmSync(store(), { recursive: true, force: true });
          kept = [];
        }
        const crashed = run(`at${nth}`, nth);
        killed = crashed.killed;
        kept = [...kept, ...crashed.ids];
        await assertThere(kept, `after a kill before call ${nth}`);
        kept = [...kept, ...run(`after${nth}`).ids];
        await assertThere(kept, `after opening again, killed before call ${nth}`);
        // Otherwise each opening would have more to do than the one before.
        if (!isNew && kept.length > 30) {
          rmSync(store(), { recursive: true });
          kept = [];
        }
      }
      assert.ok(nth > 20, "too few calls were seen");
      assert.ok(!killed, "there are more calls than were tried");
    });
  }

  it("M11 is noticed when what was written is lost", async () => {
    const lie = { call: "write", from: 2, to: 2, effect: { kind: "lie" } } as const;
    const { ids } = runUnder("lost", [lie]);
    assert.equal(ids.length, 3);
    await assert.rejects(assertThere(ids, "after a lie"), /lost-1 is there 0 times/);
  });
});
