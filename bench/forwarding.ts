/** What sending on costs beside receiving: server CPU per span, until the peer has all of it. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { forwardProgress } from "../src/commands/store-forwarding.js";
import { atMost, type Figure } from "./figure.js";
import { httpSender, sendAll } from "./load.js";
import type { BatchMaker } from "./recorded-batch.js";
import { startBare, startJobtrace } from "./server-process.js";
import { printTable, thousands } from "./table.js";

/** Requests until the engine has compiled what it is going to. */
const WARM_UP = 300;

const RATIO_MAX = 1.25;

interface Contender {
  readonly name: string;
  /** undefined: nothing is forwarded. */
  readonly mode: "as-received" | "job" | undefined;
  /** Nobody listens there. */
  readonly isAway?: boolean;
}

const ALONE: Contender = { name: "receiving alone", mode: undefined };
const CONTENDERS: readonly Contender[] = [
  ALONE,
  { name: "as received, HTTP", mode: "as-received" },
  { name: "by job, HTTP", mode: "job" },
  { name: "by job, peer away", mode: "job", isAway: true },
];

interface Cost {
  readonly name: string;
  readonly microseconds: number;
  readonly residentMegabytes: number;
}

export async function benchForwarding(
  folder: string,
  makeBatch: BatchMaker,
  requests: number,
): Promise<readonly Figure[]> {
  // Each body once: a span that comes twice is no new span to its job.
  const batches = Array.from({ length: WARM_UP + requests }, makeBatch);
  const bodies = batches.map(({ raw }) => gzipSync(raw));
  const spans = (batches[0]?.spanCount ?? 0) * requests;
  const costs: Cost[] = [];
  for (const contender of CONTENDERS)
    costs.push(await measure(contender, join(folder, contender.name), bodies, spans));
  const alone = costs[0]?.microseconds ?? Number.NaN;
  printTable(
    `Forwarding: ${thousands(requests)} batches, ${thousands(spans)} spans, to a peer that only answers`,
    [
      ["", "µs of CPU per span", "against receiving alone", "resident memory, MB"],
      ...costs.map(({ name, microseconds, residentMegabytes }) => [
        name,
        microseconds.toFixed(2),
        `${(microseconds / alone).toFixed(2)} x`,
        residentMegabytes.toFixed(0),
      ]),
    ],
  );
  return costs
    .filter(({ name }) => name !== ALONE.name)
    .map(({ name, microseconds }) => {
      const what = `forwarding ${name}, CPU against receiving alone`;
      return atMost(what, microseconds / alone, RATIO_MAX, "x", 2);
    });
}

async function measure(
  { name, mode, isAway = false }: Contender,
  store: string,
  bodies: readonly Buffer[],
  spans: number,
): Promise<Cost> {
  const peer = await startBare("http");
  const target = [`--forward=http://127.0.0.1:${peer.port}`, `--forward-mode=${mode}`];
  if (isAway) await peer.stop();
  const server = await startJobtrace(store, [
    "--compress=none",
    ...(mode === undefined ? [] : target),
  ]);
  const sender = httpSender(server.port);
  /** A peer that is away is tried with the first chunks, and then nothing more is read. */
  const settled = (): Promise<void> => (isAway ? sleep(2000) : drained(store));
  try {
    await sendAll(sender, bodies.slice(0, WARM_UP), WARM_UP);
    await settled();
    const before = server.cpuSeconds();
    await sendAll(sender, bodies.slice(WARM_UP), bodies.length - WARM_UP);
    await settled();
    return {
      name,
      microseconds: ((server.cpuSeconds() - before) * 1e6) / spans,
      residentMegabytes: server.residentBytes() / 1e6,
    };
  } finally {
    sender.close();
    await server.stop();
    if (!isAway) await peer.stop();
  }
}

/** Until every peer has all that is in the store; at once without peers. */
async function drained(store: string): Promise<void> {
  for (;;) {
    const peers = await forwardProgress(store);
    if (peers.every(({ backlog }) => backlog.spanCount === 0)) return;
    await sleep(100);
  }
}
