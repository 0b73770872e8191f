/**
 * `kill -9` of `serve` at any moment: what was acknowledged is there after the restart, once. `npm run test:kill` does the
 * same for longer.
 */
import assert from "node:assert/strict";
import { killTable } from "./kill/kill-table.js";
import { underDisk } from "../durability/disk-plan.js";
import { runKills } from "./kill/run-kills.js";

const KILLS = 100;

describe("M1 kill -9 of serve", function () {
  this.timeout(300_000);
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

  it(`D1 loses nothing that was acknowledged in ${KILLS} kills, shows nothing twice, opens every time`, async () => {
    const plan = { kills: KILLS, seed, lanes: 2, keepFailed: true };
    const { phases, failures } = await runKills(plan);
    console.log(`        seed ${seed}\n${killTable(phases).replaceAll(/^/gm, "        ")}`);
    assert.deepEqual(failures, []);
    // Kills that wait for acknowledgements, and not for a time, see them on a machine of any speed.
    for (const name of ["plain ingest", "rotation", "sealing"]) {
      const { kills = 0, acknowledged = 0 } = phases.get(name) ?? {};
      assert.ok(acknowledged >= kills, `${name}: ${acknowledged} acknowledgements, ${kills} kills`);
    }
  });

  it("M11 is noticed when what was written is lost", async () => {
    const lie = { call: "write", from: 10, effect: { kind: "lie" } } as const;
    const under = underDisk({ faults: [lie] });
    const { failures } = await runKills({ kills: 10, seed, lanes: 1, under, keepFailed: false });
    assert.match(failures.join("\n"), /lost [0-9a-f]{24}/);
  });
});
