/** What the collector is doing when it is killed: how the store is prepared for it and what the killer waits for. */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import type { SeededRandom } from "../../seeded-random.js";
import type { Ledger } from "./ledger.js";

export interface Phase {
  readonly name: string;
  /** Kills of a hundred. */
  readonly share: number;
  /** Options of `serve`. */
  options(random: SeededRandom): readonly string[];
  /** Changes the store while nobody writes to it. */
  prepare(store: string, random: SeededRandom): void;
  /** Resolves at the moment to kill. It is called when the process is started, so what it waits for cannot be missed. */
  moment(scene: Scene): Promise<void>;
}

export interface Scene {
  readonly store: string;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  /** Whoever waits stops waiting. */
  readonly ended: AbortSignal;
}

/** Acknowledgements before a kill, at most: enough for several commits and rotations. */
const ACKNOWLEDGED_MAX = 60;

/** What retention keeps: less than a store has after a few kills, more than is sent between two of them. */
const KEEP_BYTES = 120_000;

/** Acknowledgements before a kill in retention, at most: so many requests are well below what is kept. */
const KEPT_MAX = 25;

const SMALL_SEGMENTS = ["--segment-size=2KiB", "--segment-size=8KiB", "--segment-size=64KiB"];

export const PHASES: readonly Phase[] = [
  {
    name: "plain ingest",
    share: 25,
    options: (random) => [random.pick([...SMALL_SEGMENTS, "--segment-size=64MiB"])],
    prepare: () => undefined,
    async moment({ ledger, random }) {
      await ledger.more(1 + random.below(ACKNOWLEDGED_MAX));
      await wait(random.next() * 5);
    },
  },
  {
    name: "rotation",
    share: 15,
    options: (random) => [random.pick(["--segment-size=1KiB", "--segment-size=4KiB"])],
    prepare: () => undefined,
    async moment({ ledger, random, store, ended }) {
      await ledger.more(1 + random.below(ACKNOWLEDGED_MAX));
      await changed(join(store, "log"), (name) => name.endsWith(".jlog"), ended);
      await wait(random.pick([0, random.next() * 2]));
    },
  },
  {
    name: "sealing",
    share: 15,
    options: (random) => [random.pick(["--segment-size=8KiB", "--segment-size=64KiB"])],
    prepare: () => undefined,
    async moment({ ledger, random, store, ended }) {
      await ledger.more(1 + random.below(ACKNOWLEDGED_MAX));
      // What sealing writes, renames and removes: the log with compressed bodies, the sealed index, the live index.
      const step = random.pick([".jlog.tmp", ".jidx.tmp", ".jidx", ".jlix"]);
      await changed(join(store, "log"), (name) => name.endsWith(step), ended);
      await wait(random.pick([0, random.next() * 2]));
    },
  },
  {
    name: "retention",
    share: 10,
    options: (random) => [
      random.pick(["--segment-size=2KiB", "--segment-size=8KiB"]),
      `--keep-size=${KEEP_BYTES}B`,
    ],
    prepare: () => undefined,
    async moment({ ledger, random, store, ended }) {
      // What was sent since the start must be too little to be dropped: nothing else tells it from what was lost.
      const isDropped = (name: string): boolean =>
        name.endsWith(".jlog") && !existsSync(join(store, "log", name));
      await Promise.race([
        changed(join(store, "log"), isDropped, ended),
        ledger.more(1 + random.below(KEPT_MAX)),
      ]);
      await wait(random.pick([0, random.next() * 2]));
    },
  },
  {
    name: "index rebuild",
    share: 15,
    options: (random) => [random.pick(SMALL_SEGMENTS)],
    prepare: removeIndexes,
    async moment({ random, store, ended }) {
      await changed(store, (name) => name === "LOCK", ended);
      await wait(random.next() * 250);
    },
  },
  {
    name: "recovery",
    share: 20,
    options: (random) => [random.pick(SMALL_SEGMENTS)],
    prepare: tearTail,
    async moment({ ledger, random, store, ended }) {
      // The lock is taken first; what is torn is set aside under a name of its own.
      const step = random.pick(["LOCK", ".torn"]);
      const folder = step === "LOCK" ? store : join(store, "log");
      // Once it acknowledges, recovery is over, also where it found nothing to set aside.
      await Promise.race([changed(folder, (name) => name.endsWith(step), ended), ledger.more(1)]);
      await wait(random.pick([0, random.next() * 2, random.next() * 15]));
    },
  },
];

export function phaseFor(random: SeededRandom): Phase {
  const lots = PHASES.flatMap((phase) => Array.from({ length: phase.share }, () => phase));
  return random.pick(lots);
}

function logFiles(store: string, suffix: string): readonly string[] {
  const log = join(store, "log");
  return readdirSync(log)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(log, name));
}

function removeIndexes(store: string): void {
  for (const suffix of [".jlix", ".jidx"]) for (const file of logFiles(store, suffix)) rmSync(file);
}

/** As a write that was under way leaves the file: part of a record, zeros, or whatever stood there before. */
function tearTail(store: string, random: SeededRandom): void {
  const file = logFiles(store, ".jlog").at(-1);
  if (file === undefined) return;
  const bytes = readFileSync(file);
  const tails = [
    Buffer.alloc(1 + random.below(5000)),
    random.bytes(1 + random.below(300)),
    // An old record: whole or in part, its lsn is behind those before it.
    bytes.subarray(64, 64 + 1 + random.below(Math.max(1, bytes.length - 64))),
  ];
  appendFileSync(file, random.pick(tails));
}

/** The next change of a name in the folder that is asked for. */
function changed(
  folder: string,
  isWanted: (name: string) => boolean,
  ended: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) {
      resolve();
      return;
    }
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && isWanted(name)) stop();
    });
    function stop(): void {
      watcher.close();
      resolve();
    }
    ended.addEventListener("abort", stop, { once: true });
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
