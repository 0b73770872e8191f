/** How long reading takes out of a large store: one job, and lists; in the process, and as whole commands beside a bare Node. */
import type { JobFilter } from "../src/jobscope/inspect/job-filter.js";
import { type JobLine, jobLineOf } from "../src/jobscope/inspect/job-line.js";
import { jobsNewestFirst } from "../src/jobscope/inspect/job-list.js";
import { readJob } from "../src/jobscope/inspect/read-job.js";
import { createJobsReader } from "../src/jobscope/inspect/read-jobs.js";
import { parseJid } from "../src/jobscope/model/ids.js";
import { unixNano } from "../src/jobscope/model/time.js";
import { openFileStoreReader } from "../src/jobscope/store/file-store-reader.js";
import type { JobStoreReader } from "../src/jobscope/store/job-store.js";
import { indexBatch } from "../src/processor/batch-index.js";
import { wallTimes } from "./command-times.js";
import { atMost, type Figure } from "./figure.js";
import type { FilledStore } from "./filled-store.js";
import { MAIN } from "./server-process.js";
import { percentile, printTable, thousands } from "./table.js";

/** Until the engine has compiled what it is going to. */
const WARM_UP = 200;
const LOOKUPS = 2000;
const LISTS = 30;
const COMMANDS = 15;

const LOOKUP_MAX_MS = 10;
const LIST_MAX_MS = 50;
const COMMAND_MAX = 2;

/** Milliseconds. */
type Times = readonly number[];

export async function benchReading(store: string, filled: FilledStore): Promise<readonly Figure[]> {
  const reader = openFileStoreReader(store, { indexBatch });
  try {
    const { spanCount, bytes } = await reader.info();
    const lookups = await lookUp(reader, filled);
    const lists = await listTimes(reader);
    const command = wallTimes(
      [MAIN, "inspect", filled.jids[0] ?? "", `--store=${store}`],
      COMMANDS,
    );
    const node = wallTimes(["-e", "0"], COMMANDS);
    const perSpan = (bytes / spanCount).toFixed(1);
    printTable(
      `Reading a store of ${thousands(spanCount)} spans, ${thousands(filled.jobCount)} jobs (${thousands(bytes / 1e6)} MB, ${perSpan} B/span)`,
      [
        ["", "p50", "p99"],
        ["job by jid, spans decoded, in the process", ...ms(lookups)],
        ...[...lists].map(([name, times]) => [`list: ${name}, in the process`, ...ms(times)]),
        ["jobtrace inspect, whole command", ...ms(command)],
        ["node -e 0", ...ms(node)],
      ],
    );
    return figuresOf({ lookups, lists, command, node }, spanCount, filled);
  } finally {
    await reader.close();
  }
}

interface Measured {
  readonly lookups: Times;
  readonly lists: ReadonlyMap<string, Times>;
  readonly command: Times;
  readonly node: Times;
}

function figuresOf(
  { lookups, lists, command, node }: Measured,
  spanCount: number,
  { jobCount }: FilledStore,
): readonly Figure[] {
  const half = (times: Times): number => percentile(times, 0.5);
  const [slowest = "", times = []] =
    [...lists].sort(([, a], [, b]) => percentile(b, 0.99) - percentile(a, 0.99))[0] ?? [];
  const of = `${thousands(spanCount)} spans`;
  return [
    atMost(`job by jid, p99, ${of}`, percentile(lookups, 0.99), LOOKUP_MAX_MS, "ms"),
    atMost(
      `list newest 50 of ${thousands(jobCount)} jobs, p99, slowest filter (${slowest})`,
      percentile(times, 0.99),
      LIST_MAX_MS,
      "ms",
    ),
    atMost(
      `jobtrace inspect against node -e 0, ${of}`,
      half(command) / half(node),
      COMMAND_MAX,
      "x",
      2,
    ),
  ];
}

async function lookUp(reader: JobStoreReader, { jids }: FilledStore): Promise<Times> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + LOOKUPS; i++) {
    const text = jids[Math.floor(Math.random() * jids.length)] ?? "";
    const jid = parseJid(text);
    const started = performance.now();
    const document = jid && (await readJob(reader, jid));
    times.push(performance.now() - started);
    if (document === undefined) throw new Error(`${text} was not found`);
  }
  return times.slice(WARM_UP);
}

const LIST_LENGTH = 50;

async function listTimes(reader: JobStoreReader): Promise<ReadonlyMap<string, Times>> {
  const [oldest] = (await newest(reader, {})).slice(-1);
  const filters: Readonly<Record<string, JobFilter>> = {
    "no filter": {},
    failed: { states: ["failed"] },
    queued: { states: ["queued"] },
    "a class": { class: oldest?.class ?? "" },
    "a class that is not there": { class: "No*" },
    "since a time before all": { since: unixNano(1n) },
    "slower than 100 ms": { slowerThan: 100e6 },
  };
  const all = new Map<string, Times>();
  for (const [name, filter] of Object.entries(filters)) {
    const times: number[] = [];
    for (let i = 0; i < LISTS; i++) {
      const started = performance.now();
      await newest(reader, filter);
      times.push(performance.now() - started);
    }
    all.set(name, times);
  }
  return all;
}

/** As the command prints them, from documents. */
async function newest(reader: JobStoreReader, filter: JobFilter): Promise<readonly JobLine[]> {
  const lines: JobLine[] = [];
  for await (const job of jobsNewestFirst(reader, createJobsReader(reader), filter)) {
    lines.push(jobLineOf(job));
    if (lines.length === LIST_LENGTH) break;
  }
  return lines;
}

function ms(times: Times): readonly string[] {
  return [0.5, 0.99].map((fraction) => `${percentile(times, fraction).toFixed(2)} ms`);
}
