/** How long one job takes out of a store of many: in the process, and as a whole command beside a bare Node. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { readJob } from "../src/jobscope/inspect/read-job.js";
import { parseJid } from "../src/jobscope/model/ids.js";
import { unixNano } from "../src/jobscope/model/time.js";
import { openFileStoreReader } from "../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../src/jobscope/store/file-store-writer.js";
import { indexBatch } from "../src/processor/batch-index.js";
import type { createBatchMaker } from "./recorded-batch.js";
import { percentile, printTable, thousands } from "./table.js";

const LOOKUPS = 1000;
const COMMANDS = 15;

export async function benchLookup(
  makeBatch: ReturnType<typeof createBatchMaker>,
  jobsMin: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-bench-"));
  try {
    const jids = await fill(folder, makeBatch, jobsMin);
    const reader = openFileStoreReader(folder, { indexBatch });
    const { spanCount, bytes } = await reader.info();
    const picked = Array.from(
      { length: LOOKUPS },
      () => jids[Math.floor(Math.random() * jids.length)] ?? "",
    );
    const times: number[] = [];
    for (const text of picked) {
      const jid = parseJid(text);
      const started = performance.now();
      const document = jid && (await readJob(reader, jid));
      times.push(performance.now() - started);
      if (document === undefined) throw new Error(`${text} was not found`);
    }
    await reader.close();
    const command = wallTimes([
      fileURLToPath(new URL("../src/main.js", import.meta.url)),
      "inspect",
      picked[0] ?? "",
      `--store=${folder}`,
    ]);
    const node = wallTimes(["-e", "0"]);
    printTable(
      `One job among ${thousands(jids.length)} (${thousands(spanCount)} spans, ${thousands(bytes / 1e6)} MB, ${(bytes / spanCount).toFixed(1)} B/span)`,
      [
        ["", "p50", "p99"],
        ["jid to document, spans decoded, in the process", ...ms(times)],
        ["jobtrace inspect, whole command", ...ms(command)],
        ["node -e 0", ...ms(node)],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(
  folder: string,
  makeBatch: ReturnType<typeof createBatchMaker>,
  jobsMin: number,
): Promise<readonly string[]> {
  const writer = openFileStoreWriter(folder, {
    indexBatch,
    now: () => unixNano(BigInt(Date.now()) * 1_000_000n),
    durability: { kind: "none" },
  });
  const jids: string[] = [];
  while (jids.length < jobsMin) {
    const { raw, spanCount, jids: own } = makeBatch();
    const receivedAt = unixNano(BigInt(Date.now()) * 1_000_000n);
    // The level of compression is not what is measured here, and the fastest is twice as fast.
    const body = gzipSync(raw, { level: 1 });
    await writer.append({
      body,
      codec: "gzip",
      rawBytes: raw.length,
      receivedAt,
      spanCount,
      index: indexBatch(raw),
    });
    for (const jid of own) jids.push(jid);
  }
  await writer.close();
  return jids;
}

function wallTimes(args: readonly string[]): readonly number[] {
  return Array.from({ length: COMMANDS }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [...args], { stdio: "ignore" });
    if (status !== 0) throw new Error(`${args.join(" ")} exited with ${status}`);
    return performance.now() - started;
  });
}

function ms(times: readonly number[]): readonly string[] {
  return [0.5, 0.99].map((fraction) => `${percentile(times, fraction).toFixed(2)} ms`);
}
