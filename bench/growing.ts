/** Whether a span costs the same in a small store and in a large one: fills a store through the collector and looks at its CPU. */
import { gzipSync } from "node:zlib";
import { atMost, type Figure } from "./figure.js";
import type { FilledStore } from "./filled-store.js";
import { httpSender } from "./load.js";
import { showProgress } from "./progress.js";
import type { BatchMaker } from "./recorded-batch.js";
import { type ServerProcess, startJobtrace } from "./server-process.js";
import { printTable, thousands } from "./table.js";

/** Until the engine has compiled what it is going to. Spans. */
const WARM_UP = 200_000;
const WINDOWS = 10;
/** Jobs that later lookups pick from, evenly over the store. */
const SAMPLE_EVERY = 10;
/** Batches under way at once. */
const AT_ONCE = 8;

const GROWTH_MAX = 10;

interface Window {
  readonly spans: number;
  readonly cpuSeconds: number;
}

/** Returns what it filled the store with, for who reads it next. */
export async function benchGrowing(
  store: string,
  makeBatch: BatchMaker,
  spansMax: number,
): Promise<{ readonly filled: FilledStore; readonly figures: readonly Figure[] }> {
  const server = await startJobtrace(store);
  const jids: string[] = [];
  const windows: Window[] = [];
  let jobCount = 0;
  let spanCount = 0;
  spanCount += await send(WARM_UP);
  while (spanCount < spansMax) {
    const before = server.cpuSeconds();
    const sent = await send((spansMax - WARM_UP) / WINDOWS);
    spanCount += sent;
    windows.push({ spans: sent, cpuSeconds: server.cpuSeconds() - before });
  }
  await server.stop();
  printWindows(windows, spanCount);
  return { filled: { spanCount, jobCount, jids }, figures: [growthOf(windows)] };

  async function send(spansMin: number): Promise<number> {
    return sendFresh(server, makeBatch, spansMin, (batchJids, sent) => {
      for (const jid of batchJids) if (jobCount++ % SAMPLE_EVERY === 0) jids.push(jid);
      showProgress("filling a store through the collector", spanCount + sent, spansMax);
    });
  }
}

async function sendFresh(
  server: ServerProcess,
  makeBatch: BatchMaker,
  spansMin: number,
  onSent: (jids: readonly string[], sent: number) => void,
): Promise<number> {
  const sender = httpSender(server.port);
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < spansMin) {
      const { raw, jids, spanCount } = makeBatch();
      sent += spanCount;
      await sender.send(gzipSync(raw));
      onSent(jids, sent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  sender.close();
  return sent;
}

function costOf({ spans, cpuSeconds }: Window): number {
  return (cpuSeconds / spans) * 1e6;
}

/** The later half of the windows against the earlier half: each window holds a segment's sealing or does not. */
function growthOf(windows: readonly Window[]): Figure {
  const half = windows.length / 2;
  const sum = (part: readonly Window[]): Window => ({
    spans: part.reduce((total, { spans }) => total + spans, 0),
    cpuSeconds: part.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0),
  });
  const first = costOf(sum(windows.slice(0, half)));
  const last = costOf(sum(windows.slice(half)));
  const what = "CPU per span, later half of the store against the earlier";
  return atMost(what, (last / first - 1) * 100, GROWTH_MAX, "% more");
}

function printWindows(windows: readonly Window[], spanCount: number): void {
  printTable(`Cost per span while a store grows to ${thousands(spanCount)} spans`, [
    ["spans", "CPU per span"],
    ...windows.map((window, i) => [
      thousands(WARM_UP + window.spans * (i + 1)),
      `${costOf(window).toFixed(2)} us`,
    ]),
  ]);
}
