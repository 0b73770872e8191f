/** One sender at a steady rate for minutes: whether memory stays flat and the event loop free. */
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { atMost, type Figure } from "./figure.js";
import { httpSender } from "./load.js";
import { showProgress } from "./progress.js";
import type { BatchMaker } from "./recorded-batch.js";
import { startJobtrace } from "./server-process.js";
import { printTable, thousands } from "./table.js";

const SPANS_PER_SECOND = 20_000;
const SAMPLES = 20;
const BODIES = 64;

const RESIDENT_MAX_MB = 200;
/** Of the last quarter of the samples over the second: what a leak would show. Percent. */
const RESIDENT_GROWTH_MAX = 10;
const LOOP_DELAY_P99_MAX_MS = 20;

export async function benchSteady(
  store: string,
  makeBatch: BatchMaker,
  seconds: number,
): Promise<readonly Figure[]> {
  const server = await startJobtrace(store, [], { watchesLoop: true });
  const sender = httpSender(server.port);
  const batches = Array.from({ length: BODIES }, makeBatch);
  const bodies = batches.map(({ raw }) => gzipSync(raw));
  const everyMs = ((batches[0]?.spanCount ?? 0) / SPANS_PER_SECOND) * 1000;
  const resident: number[] = [];
  const started = performance.now();
  const total = (seconds * 1000) / everyMs;
  let pending: Promise<void>[] = [];
  for (let sent = 0; sent < total; sent++) {
    const body = bodies[sent % bodies.length];
    if (body !== undefined) pending.push(sender.send(body));
    if (sent >= ((resident.length + 1) * total) / SAMPLES - 1) {
      await Promise.all(pending);
      pending = [];
      resident.push(server.residentBytes() / 1e6);
    }
    showProgress("sending at a steady rate", sent, total);
    const behind = started + (sent + 1) * everyMs - performance.now();
    if (behind > 0) await sleep(behind);
  }
  await Promise.all(pending);
  const wall = (performance.now() - started) / 1000;
  sender.close();
  const { loopDelayP99Ms } = await server.stop();
  printTable(
    `One sender at ${thousands(SPANS_PER_SECOND)} spans/s for ${seconds} s (${wall.toFixed(0)} s)`,
    [["resident memory, MB", ...resident.map((megabytes) => megabytes.toFixed(0))]],
  );
  const quarter = Math.floor(resident.length / 4);
  const early = mean(resident.slice(quarter, 2 * quarter));
  const late = mean(resident.slice(-quarter));
  return [
    atMost(
      "steady 20,000 spans/s: resident memory, most",
      Math.max(...resident),
      RESIDENT_MAX_MB,
      "MB",
      0,
    ),
    atMost("steady 20,000 spans/s: its growth", (late / early - 1) * 100, RESIDENT_GROWTH_MAX, "%"),
    atMost(
      "steady 20,000 spans/s: event-loop delay p99",
      loopDelayP99Ms ?? Number.NaN,
      LOOP_DELAY_P99_MAX_MS,
      "ms",
    ),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
