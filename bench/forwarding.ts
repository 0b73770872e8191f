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

const ALONE = "receiving alone";

export async function benchForwarding(
  folder: string,
  makeBatch: BatchMaker,
  requests: number,
): Promise<readonly Figure[]> {
  // Each body once: a span that comes twice is no new span to its job.
  const batches = Array.from({ length: WARM_UP + requests }, makeBatch);
  const bodies = batches.map(({ raw }) => gzipSync(raw));
  const spans = (batches[0]?.spanCount ?? 0) * requests;
  const costs = new Map<string, number>();
  for (const [name, mode] of [
    [ALONE, undefined],
    ["as received, HTTP", "as-received"],
    ["by job, HTTP", "job"],
  ] as const) {
    const peer = await startBare("http");
    const store = join(folder, name);
    const target =
      mode === undefined
        ? []
        : [`--forward=http://127.0.0.1:${peer.port}`, `--forward-mode=${mode}`];
    const server = await startJobtrace(store, ["--compress=none", ...target]);
    const sender = httpSender(server.port);
    try {
      await sendAll(sender, bodies.slice(0, WARM_UP), WARM_UP);
      await drained(store);
      const before = server.cpuSeconds();
      await sendAll(sender, bodies.slice(WARM_UP), requests);
      await drained(store);
      costs.set(name, ((server.cpuSeconds() - before) * 1e6) / spans);
    } finally {
      sender.close();
      await server.stop();
      await peer.stop();
    }
  }
  const alone = costs.get(ALONE) ?? Number.NaN;
  printTable(
    `Forwarding: ${thousands(requests)} batches, ${thousands(spans)} spans, to a peer that only answers`,
    [
      ["", "µs of CPU per span", "against receiving alone"],
      ...[...costs].map(([name, cost]) => [
        name,
        cost.toFixed(2),
        `${(cost / alone).toFixed(2)} x`,
      ]),
    ],
  );
  return [...costs]
    .filter(([name]) => name !== ALONE)
    .map(([name, cost]) =>
      atMost(`forwarding ${name}, CPU against receiving alone`, cost / alone, RATIO_MAX, "x", 2),
    );
}

/** Until every peer has all that is in the store; at once without peers. */
async function drained(store: string): Promise<void> {
  for (;;) {
    const peers = await forwardProgress(store);
    if (peers.every(({ backlog }) => backlog.spanCount === 0)) return;
    await sleep(100);
  }
}
