/**
 * Power loss: `serve` under load is killed and what was not synced is taken away, as a disk may do it. A kill alone does not
 * show a missing fdatasync, because the kernel keeps what it was given.
 */
import assert from "node:assert/strict";
import { runPowerLosses } from "./run-power-losses.js";

const KILLS = 6;
const LOSSES_PER_KILL = 10;

describe("M5 power loss under serve", function () {
  this.timeout(180_000);
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const plan = { kills: KILLS, lossesPerKill: LOSSES_PER_KILL, seed };

  it(`D2 loses nothing that was acknowledged, in ${KILLS * LOSSES_PER_KILL} power losses`, async () => {
    const { losses, acknowledged, failures } = await runPowerLosses(plan);
    console.log(`        seed ${seed}: ${losses} losses, ${acknowledged} acknowledged`);
    assert.deepEqual(failures, []);
    assert.ok(acknowledged > KILLS);
  });

  it("M11 is noticed when fdatasync does nothing", async () => {
    const lie = { call: "sync", from: 1, effect: { kind: "lie" } } as const;
    const { failures } = await runPowerLosses({ ...plan, faults: [lie] });
    assert.notDeepEqual(failures, []);
  });

  it("M11 is noticed when folders are not synced", async () => {
    const lie = { call: "folderSync", suffix: "", from: 1, effect: { kind: "lie" } } as const;
    const { failures } = await runPowerLosses({ ...plan, faults: [lie] });
    assert.notDeepEqual(failures, []);
  });

  it("M11 is noticed when serve is told not to sync", async () => {
    const options = ["--durability=none"];
    const { failures } = await runPowerLosses({ ...plan, options });
    assert.notDeepEqual(failures, []);
  });
});
