/** `npm run test:forward -- --kills=200 --seed=S`: how often a forwarding `serve` may be killed before a span does not arrive. */
import { parseArgs } from "node:util";
import { runForwardKills } from "./forward-kills.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(values.kills);
console.log(`${kills} kills, seed ${values.seed}`);
const { acknowledged, lost, twice, twiceMax } = await runForwardKills({
  kills,
  seed: Number(values.seed),
  onKill(done) {
    if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${kills}`);
  },
});
if (process.stdout.isTTY) process.stdout.write("\r");
console.log(
  `${acknowledged} spans acknowledged, ${lost} lost, ${twice} arrived twice (at most ${twiceMax})`,
);
if (lost > 0 || twice > twiceMax) process.exitCode = 1;
