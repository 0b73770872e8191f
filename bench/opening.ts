/** How soon a large store is there: for the collector that goes on writing to it, and for a command that reads. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { atMost, type Figure } from "./figure.js";
import { type FilledStore, fillStore } from "./filled-store.js";
import type { BatchMaker } from "./recorded-batch.js";
import { MAIN, startJobtrace } from "./server-process.js";
import { wallTimes } from "./command-times.js";
import { percentile } from "./table.js";

const STARTS = 5;
const START_MAX_MS = 1000;
/** Of a plain batch in the recorded shape, with its share of the index. Bytes. */
const SPAN_BYTES = 360;

export async function benchOpening(
  store: string,
  makeBatch: BatchMaker,
  gigabytes: number,
): Promise<readonly Figure[]> {
  const spansMin = (gigabytes * 1e9) / SPAN_BYTES;
  const filled = await fillStore(store, makeBatch, {
    spansMin,
    codec: "identity",
    compress: false,
  });
  const size = `${(bytesOf(join(store, "log")) / 1e9).toFixed(1)} GB`;
  return [
    atMost(`start of serve on ${size}`, await startOfServe(store), START_MAX_MS, "ms", 0),
    atMost(`jobtrace inspect on ${size}`, inspect(store, filled), START_MAX_MS, "ms", 0),
  ];
}

async function startOfServe(store: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const started = performance.now();
    const server = await startJobtrace(store);
    times.push(performance.now() - started);
    await server.stop();
  }
  return percentile(times, 0.5);
}

function inspect(store: string, { jids }: FilledStore): number {
  const args = [MAIN, "inspect", jids[0] ?? "", `--store=${store}`];
  return percentile(wallTimes(args, STARTS), 0.5);
}

function bytesOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
