/**
 * Kills `serve` under load and lets it lose power in many ways at each of those moments: on copies of the store, and then on
 * the store itself before it is started again.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { checkStore } from "../end-to-end/kill/check-store.js";
import { spawnServe } from "../end-to-end/kill/killable-serve.js";
import { createLedger, type Ledger } from "../end-to-end/kill/ledger.js";
import { eightSenders, sendAll } from "../end-to-end/kill/senders.js";
import { type SeededRandom, seededRandom } from "../seeded-random.js";
import { type DiskEvent, type DiskFault, underDisk } from "./disk-plan.js";
import { type DurableState, durableState } from "./durable-state.js";
import { losePower } from "./lose-power.js";

export interface PowerPlan {
  readonly kills: number;
  /** Ways to lose power that are tried at each kill. */
  readonly lossesPerKill: number;
  readonly seed: number;
  readonly faults?: readonly DiskFault[];
  readonly options?: readonly string[];
}

export interface PowerResult {
  readonly losses: number;
  readonly acknowledged: number;
  /** In sentences; the run ends with the first kill that has some. */
  readonly failures: readonly string[];
}

const ACKNOWLEDGED_MAX = 60;

export async function runPowerLosses(plan: PowerPlan): Promise<PowerResult> {
  const random = seededRandom(plan.seed);
  const root = realpathSync(mkdtempSync(join(tmpdir(), "jobtrace-power-")));
  const place = { root, store: join(root, "store"), trace: join(root, "trace") };
  mkdirSync(join(root, "saved"));
  const ledger = createLedger();
  const failures: string[] = [];
  let losses = 0;
  try {
    for (let kill = 0; kill < plan.kills && failures.length === 0; kill++) {
      const lines = await serveAndKill(place, plan, random, ledger);
      if (lines !== undefined) {
        failures.push(`seed ${plan.seed}, kill ${kill}: did not open: ${lines}`);
        break;
      }
      const state = durableState(readTrace(place.trace));
      for (let loss = 0; loss < plan.lossesPerKill && failures.length === 0; loss++) {
        const wrong = await loseOnCopy(place, state, random, ledger);
        losses++;
        if (wrong !== "") failures.push(`seed ${plan.seed}, kill ${kill}, loss ${loss}: ${wrong}`);
      }
      // Every other kill is only a kill, so that what one process left unsynced meets the next one's power loss.
      if (random.below(2) === 0) {
        losePower(place.store, place.store, state, random);
        if (!existsSync(place.store)) break;
        forget(place);
      }
    }
    return { losses, acknowledged: ledger.acknowledgedCount(), failures };
  } finally {
    rmSync(root, { recursive: true });
  }
}

interface Place {
  readonly root: string;
  readonly store: string;
  readonly trace: string;
}

/** What it printed when it did not become ready; undefined when all went as it should. */
async function serveAndKill(
  { root, store, trace }: Place,
  plan: PowerPlan,
  random: SeededRandom,
  ledger: Ledger,
): Promise<string | undefined> {
  const { faults = [] } = plan;
  const serve = spawnServe({
    store,
    options: plan.options ?? [`--segment-size=${random.pick(["16KiB", "256KiB"])}`],
    ...underDisk({ trace, saved: join(root, "saved"), faults }),
  });
  const endpoint = await serve.ready;
  if (endpoint === undefined) return serve.lines.join("\n");
  const stop = new AbortController();
  void serve.exited.then(() => stop.abort());
  const sending = sendAll(eightSenders(endpoint), ledger, random, stop.signal);
  await Promise.race([ledger.more(random.below(ACKNOWLEDGED_MAX)), serve.exited]);
  await new Promise((resolve) => setTimeout(resolve, random.next() * 5));
  await serve.kill();
  await sending;
  return undefined;
}

/** What is wrong with the store after this loss, read before and after it is opened for writing; "" when nothing is. */
async function loseOnCopy(
  { root, store }: Place,
  state: DurableState,
  random: SeededRandom,
  ledger: Ledger,
): Promise<string> {
  const copy = join(root, "copy");
  rmSync(copy, { recursive: true, force: true });
  cpSync(store, copy, { recursive: true });
  losePower(copy, store, state, random);
  try {
    if (!existsSync(join(copy, "STORE.json")) && ledger.acknowledgedCount() === 0) return "";
    const before = await checkStore(copy, ledger.jobs);
    const writer = openFileStoreWriter(copy, { indexBatch, now: () => unixNano(1n) });
    await writer.close();
    const after = await checkStore(copy, ledger.jobs);
    // Damage where nothing was durable yet is reported and is no loss.
    const wrong = [before, after].flatMap(({ lost, twice, disorder }) => [
      ...lost,
      ...twice,
      ...disorder,
    ]);
    return [...new Set(wrong)].join(", ");
  } catch (error) {
    return `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function readTrace(file: string): readonly DiskEvent[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as DiskEvent);
}

/** After a power loss everything that is there is durable. */
function forget({ trace, store }: Place): void {
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const events = files.map((entry): DiskEvent => {
    const path = join(entry.parentPath, entry.name);
    return { call: "sync", path, size: statSync(path).size };
  });
  writeFileSync(trace, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}
