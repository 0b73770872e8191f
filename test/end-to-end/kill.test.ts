/**
 * `kill -9` of `serve` at any moment: what was acknowledged is there after the restart, once. `npm run test:kill` does the
 * same for longer.
 */
import assert from "node:assert/strict";
import { killTable } from "./kill/kill-table.js";
import { runKills } from "./kill/run-kills.js";

const KILLS = 100;

describe("kill -9 of serve", function () {
  this.timeout(300_000);

  it(`D1 loses nothing that was acknowledged in ${KILLS} kills, shows nothing twice, opens every time`, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    const { phases, failures } = await runKills({ kills: KILLS, seed, lanes: 2 });
    console.log(`        seed ${seed}\n${killTable(phases).replaceAll(/^/gm, "        ")}`);
    assert.deepEqual(failures, []);
    const acknowledged = [...phases.values()].reduce((sum, phase) => sum + phase.acknowledged, 0);
    assert.ok(acknowledged > KILLS, `only ${acknowledged} requests were acknowledged`);
  });
});
