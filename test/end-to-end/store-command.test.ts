/** `jobtrace store` and the retention of `serve` as a person runs them: texts, exit status, other processes about. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unixNano } from "../../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { createIngest } from "../../src/processor/ingest.js";
import { assertGolden } from "../golden.js";
import { attemptRequest } from "../otlp-request.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type CommandRun, jobtrace, startServe } from "./serve-process.js";

const DAY = 86_400_000_000_000n;
/** 2026-03-03T00:00:00Z. */
const BEGIN = 1_772_496_000_000_000_000n;

/** A store of a job each day, each in a segment of its own, the last received on day `count - 1` after `begin`. */
async function fill(path: string, count: number, begin = BEGIN): Promise<void> {
  let time = begin;
  const writer = openFileStoreWriter(path, {
    indexBatch,
    now: () => unixNano(time),
    segmentBytesMax: 1,
    // A compressed body's length is the library's choice, and the golden texts name lengths.
    compress: false,
  });
  const ingest = createIngest(writer, () => unixNano(time));
  for (let day = 0; day < count; day++, time += DAY) {
    const body = attemptRequest({
      jid: `job${day}`,
      traceId: Buffer.alloc(16, day + 1),
      start: time - 10n,
    });
    await ingest({ body, raw: body, codec: "identity", format: "protobuf" });
  }
  await writer.close();
}

describe("jobtrace store", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const path = (): string => join(folder(), "store");
  const log = (firstLsn: number): string =>
    join(path(), "log", `${firstLsn.toString(16).padStart(16, "0")}.jlog`);
  const run = (...args: readonly string[]): Promise<CommandRun> =>
    jobtrace(["store", ...args, `--store=${path()}`], { TZ: "UTC" });

  /** What differs between two runs or two forms of the index: where the store is, what it is called, sizes. */
  function masked({ stdout, stderr }: CommandRun): string {
    return `${stdout}${stderr}`
      .replaceAll(folder(), "/srv/shop")
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "6a39a544-6235-4bd0-873f-fb2c353be722")
      .replace(/[\d.]+ k?B\b/g, "640 B")
      .replace(/process \d+ on \S+/, "process 4121 on web-1");
  }

  function assertFits(text: string): void {
    for (const line of text.split("\n")) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  }

  it("info tells what is there and fits 80 columns", async () => {
    await fill(path(), 5);
    const result = await run("info");
    assert.equal(result.code, 0);
    assertFits(masked(result));
    assertGolden("store-info.80.txt", masked(result));
  });

  it("info as JSON has the same numbers, exact", async () => {
    await fill(path(), 5);
    const { stdout } = await run("info", "--json");
    const info = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    const sizes = readdirSync(join(path(), "log")).map(
      (name) => [name, readFileSync(join(path(), "log", name)).length] as const,
    );
    const sum = (isLog: boolean): number =>
      sizes
        .filter(([name]) => name.endsWith(".jlog") === isLog)
        .reduce((total, [, size]) => total + size, 0);
    const { id, store, created_at: createdAt, bytes_per_span: perSpan, ...rest } = info;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      [store, createdAt, perSpan],
      [path(), "2026-03-03T00:00:00.000000000Z", (sum(true) + sum(false)) / 5],
    );
    assert.deepEqual(rest, {
      schema: "jobtrace.store-info/v1",
      format: 1,
      writer: null,
      segments: 5,
      jobs_at_most: 5,
      batches: 5,
      spans: 5,
      log_lines: 0,
      log_bytes: sum(true),
      index_bytes: sum(false),
      oldest_at: "2026-03-03T00:00:00.000000000Z",
      newest_at: "2026-03-07T00:00:00.000000000Z",
      retention: {
        max_age_ns: 2_592_000_000_000_000,
        max_bytes: 20_000_000_000,
        origin: "default",
      },
      forward: [],
      missing_records: 0,
      damage: [],
    });
  });

  it("info and verify are right while a server writes, and after it was killed", async () => {
    const serve = await startServe(path());
    for (let i = 1; i <= 3; i++) await post(serve.endpoint, `live${i}`);
    const live = JSON.parse((await run("info", "--json")).stdout) as Readonly<
      Record<string, unknown>
    >;
    assert.deepEqual([live["batches"], live["spans"], live["segments"]], [3, 3, 1]);
    assert.deepEqual((live["writer"] as { pid: number }).pid, serve.child.pid);
    assert.match(
      (await run("info")).stdout,
      new RegExp(`\\nwriter {4}process ${serve.child.pid} on `),
    );
    const half = readFileSync(log(0)).subarray(64, 150);
    appendFileSync(log(0), half);
    const during = await run("verify");
    assert.deepEqual([during.code, during.stdout], [0, "3 records, 3 spans, 0 damaged\n"]);
    await serve.kill("SIGKILL");
    const after = await run("verify");
    assert.equal(after.code, 0);
    assert.match(
      after.stdout,
      /^\S+\.jlog at \d+, 86 bytes: .*; unfinished, ignored\n3 records, 3 spans, 0 damaged\n$/,
    );
    assert.match((await run("info")).stdout, /\nwriter {4}nobody: /);
  });

  it("D4 verify names each damaged record, fits 80 columns, ends with the counts and exits 1", async () => {
    await fill(path(), 5);
    for (const lsn of [1, 3]) {
      const bytes = readFileSync(log(lsn));
      bytes.writeUInt8((bytes[120] ?? 0) ^ 1, 120);
      writeFileSync(log(lsn), bytes);
    }
    const result = await run("verify");
    assert.deepEqual([result.code, result.stderr], [1, ""]);
    assertFits(masked(result));
    assertGolden("store-verify.80.txt", masked(result));
    const json = await run("verify", "--json");
    assert.equal(json.code, 1);
    const { damage, ...counts } = JSON.parse(json.stdout) as { damage: readonly object[] };
    assert.deepEqual(counts, {
      schema: "jobtrace.store-verify/v1",
      complete: true,
      records: 3,
      spans: 3,
      log_lines: 0,
      damaged: 2,
      unfinished: null,
    });
    assert.equal(damage.length, 2);
  });

  it("prune needs to be told what may go, prints it, and deletes only without --dry-run", async () => {
    await fill(path(), 5);
    const unsaid = await run("prune");
    assert.deepEqual([unsaid.code, unsaid.stdout], [2, ""]);
    assert.match(unsaid.stderr, /what may go\? store prune --older-than=30d/);
    assert.equal((await run("prune", "--older-than=soon")).code, 2);
    const dry = await run("prune", "--older-than=2d", "--dry-run");
    assert.equal(dry.code, 0);
    assertFits(masked(dry));
    assertGolden("store-prune.80.txt", masked(dry));
    assert.match((await run("verify")).stdout, /^5 records/);
    const real = await run("prune", "--older-than=2d");
    assert.equal(real.stdout, dry.stdout.replace("would delete", "deleted"));
    assert.equal((await run("verify")).stdout, "3 records, 3 spans, 0 damaged\n");
    assert.equal((await run("prune", "--max-size=1", "--json")).code, 0);
    assert.equal((await run("verify")).stdout, "1 record, 1 span, 0 damaged\n");
    assert.match((await run("prune", "--max-size=1")).stdout, /^nothing to delete/);
  });

  it("prune leaves the store of a running server alone and says what does it; a dry run works", async () => {
    await fill(path(), 3);
    const serve = await startServe(path(), "--keep=forever");
    const { code, stderr } = await run("prune", "--older-than=1d");
    assert.equal(code, 4);
    assert.match(
      stderr,
      /is written by process \d+ on \S+: .*start it with --keep and --keep-size/,
    );
    assert.match(
      (await run("prune", "--older-than=1d", "--dry-run")).stdout,
      /would delete 1 segment/,
    );
    assert.equal(await serve.kill("SIGTERM"), 0);
    assert.match((await run("verify")).stdout, /^3 records/);
  });

  it("exits 4 without a store and makes nothing there, 2 for what it does not know", async () => {
    for (const command of ["info", "verify"]) assert.equal((await run(command)).code, 4, command);
    assert.equal((await run("prune", "--older-than=1d")).code, 4);
    assert.deepEqual(readdirSync(folder()), []);
    for (const args of [
      ["store"],
      ["store", "verfy"],
      ["store", "info", "x"],
      ["store", "info", "--jso"],
    ])
      assert.equal((await jobtrace(args)).code, 2, args.join(" "));
    for (const args of [
      ["store", "--help"],
      ["store", "prune", "-h"],
      ["help", "store"],
    ])
      assert.match((await jobtrace(args)).stdout, /^jobtrace store info\|verify\|prune: /);
  });
});

describe("the retention of serve", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it("deletes what is too old at its start and says so in one line", async () => {
    // The newest five days ago by the clock, so that the clock and the records agree on the first three.
    const now = BigInt(Date.now()) * 1_000_000n;
    await fill(folder(), 5, now - 9n * DAY);
    const serve = await startServe(folder(), "--keep=1d");
    assert.ok(
      serve.lines.some((line) => line === "  keep      1d, 20 GB"),
      serve.lines.join("\n"),
    );
    const line = await lineLike(serve.child, /deleted/);
    assert.match(line, /^\d\d:\d\d:\d\d {2}deleted 3 segments, 3 spans, [\d.]+ kB: older than 1d$/);
    assert.equal(await serve.kill("SIGTERM"), 0);
    const { stdout } = await jobtrace(["store", "verify", `--store=${folder()}`]);
    assert.equal(stdout, "2 records, 2 spans, 0 damaged\n");
  });

  it("deletes the oldest of a store that is too large, and takes both from the environment", async () => {
    await fill(folder(), 5);
    process.env["JOBTRACE_RETENTION"] = "forever,1kB";
    const serve = await startServe(folder()).finally(
      () => delete process.env["JOBTRACE_RETENTION"],
    );
    assert.match(
      await lineLike(serve.child, /deleted/),
      /deleted \d segments, \d spans, .*: the store was over 1 kB$/,
    );
    assert.equal(await serve.kill("SIGTERM"), 0);
  });

  it("refuses limits that it does not understand", async () => {
    for (const option of ["--keep=30", "--keep-size=20"]) {
      const { code } = await jobtrace(["serve", `${option}x`, `--store=${folder()}`]);
      assert.equal(code, 2);
    }
  });
});

async function post(endpoint: string, jid: string): Promise<void> {
  const body = attemptRequest({ jid, traceId: Buffer.alloc(16, jid) });
  const headers = { "content-type": "application/x-protobuf" };
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: "POST",
    headers,
    body: new Uint8Array(body),
  });
  assert.equal(response.status, 200);
}

/** The first line of its stdout from now on that matches. */
async function lineLike({ stdout }: ChildProcess, pattern: RegExp): Promise<string> {
  if (stdout === null) throw new Error("the child has no stdout");
  for await (const line of createInterface({ input: stdout })) if (pattern.test(line)) return line;
  throw new Error(`it ended without a line like ${pattern.source}`);
}
