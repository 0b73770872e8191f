/**
 * `npm run test:kill -- --kills=1000 --seed=S`: how often it may be killed before something is lost. Exits 1 on the
 * first loss and names the case; the same seed makes the same choices, though not the same interleaving.
 */
import { parseArgs } from "node:util";
import { killTable } from "./kill-table.js";
import { runKills } from "./run-kills.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    lanes: { type: "string", default: "2" },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
console.log(`${kills} kills, seed ${seed}`);
const begin = performance.now();
const { phases, failures } = await runKills({
  kills,
  seed,
  lanes: Number(values.lanes),
  keepFailed: true,
  onKill(done) {
    if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${kills}`);
  },
});
if (process.stdout.isTTY) process.stdout.write("\r");
console.log(killTable(phases));
console.log(`${Math.round((performance.now() - begin) / 1000)} s`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length > 0) process.exitCode = 1;
