/** `logs` of the built command: whose lines, in which order, marked how; what is said where there are none. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { assertGolden } from "../golden.js";
import { assertKeepsSchema } from "../json-schema.js";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, chargeLogs, FILES } from "./log-lines.js";
import { type CommandRun, jobtrace } from "./serve-process.js";

describe("jobtrace logs", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  const logs = (...args: readonly string[]): Promise<CommandRun> =>
    jobtrace(["logs", ...args, store()], { TZ: "UTC" });

  async function importFiles(...files: readonly string[]): Promise<CommandRun> {
    const imported = await jobtrace(["import", ...files, store()]);
    assert.equal(imported.code, 0, imported.stderr);
    return imported;
  }

  async function importLogs(): Promise<CommandRun> {
    const file = join(folder(), "logs.json");
    writeFileSync(file, chargeLogs());
    return importFiles(file);
  }

  async function objects(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const { stdout, code } = await logs(...args, "--json");
    assert.equal(code, 0);
    const lines = stdout.split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it("shows a job's lines of all attempts in order, and marks those that are no attempt's", async () => {
    await importFiles(...FILES);
    assert.match((await importLogs()).stdout, /logs\.json: 10 log lines/);
    const { code, stdout, stderr } = await logs("12c0218b");
    assert.deepEqual([code, stderr], [0, ""]);
    assertGolden("logs-charge.txt", stdout);
    assert.ok(!stdout.includes("\u001b"));
    assertGolden("logs-charge-full.txt", (await logs(CHARGE, "--full")).stdout);
    assertGolden("logs-charge-clock.txt", (await logs(CHARGE, "--time=clock", "--ascii")).stdout);
  });

  it("prints one object a line, the same each time, to its schema", async () => {
    await importFiles(...FILES);
    await importLogs();
    const lines = await objects(CHARGE);
    for (const line of lines) assertKeepsSchema("log-line-v1", line);
    assert.deepEqual(
      lines.map(({ attempt, nearest_attempt: nearest, tied_by: tie }) => [attempt, nearest, tie]),
      [
        [null, 1, "jid"],
        [1, 1, "span"],
        [1, 1, "span"],
        [1, 1, "span"],
        [null, 1, "jid"],
        [2, 2, "trace"],
        [2, 2, "trace"],
        [null, 2, "trace"],
      ],
    );
    assert.deepEqual(lines[2]?.["body"], { event: "debugged", n: 7 });
    assert.deepEqual(lines[0]?.["offset_ns"], -500_000);
    assert.equal((await logs(CHARGE, "--json")).stdout, (await logs(CHARGE, "--json")).stdout);
  });

  it("keeps an attempt's, and those as grave as asked for", async () => {
    await importFiles(...FILES);
    await importLogs();
    assert.equal((await objects(CHARGE, "--attempt=2")).length, 3);
    assert.equal((await objects(CHARGE, "--attempt=first")).length, 5);
    const grave = await logs(CHARGE, "--severity=warn");
    assert.deepEqual(
      grave.stdout.split("\n").map((line) => /WARN|warning|ERROR/.exec(line)?.[0]),
      ["warning", undefined, "ERROR", undefined],
    );
    assert.match(grave.stderr, /1 line without a severity is not shown/);
    const none = await logs(CHARGE, "--severity=fatal");
    assert.deepEqual([none.code, none.stdout], [0, ""]);
    assert.match(none.stderr, /none of 8 lines is as asked for/);
  });

  it("reads logs out of files of each form", async () => {
    await importFiles(...FILES);
    const json = chargeLogs();
    const converted = otlpFromJson(Buffer.from(json), "logs");
    assert.ok(converted.kind === "converted");
    const forms: readonly (readonly [string, Uint8Array])[] = [
      ["plain.pb", converted.body],
      ["gzip.pb.gz", gzipSync(converted.body)],
    ];
    for (const [name, bytes] of forms) {
      const file = join(folder(), name);
      writeFileSync(file, bytes);
      assert.match((await importFiles(file)).stdout, /: 10 log lines$/m, name);
    }
    assert.equal((await objects(CHARGE)).length, 8);
    const snake = join(folder(), "snake.json");
    writeFileSync(snake, json.replaceAll("resourceLogs", "resource_logs"));
    assert.match((await importFiles(snake)).stdout, /resourceLogs/);
  });

  it("counts a batch that was sent twice once", async () => {
    await importFiles(...FILES);
    await importLogs();
    await importLogs();
    assert.equal((await objects(CHARGE)).length, 8);
  });

  it("shows the lines that name a job of which no span came, and says so", async () => {
    await importFiles(...FILES);
    await importLogs();
    const { code, stdout, stderr } = await logs("77ac03bd5e1946d0a2f1c8e4");
    assert.equal(code, 0);
    assert.match(stdout, /^~ \[04:46:27\.660\] {2}INFO {3}pid=71 .* INFO: start$/m);
    assert.match(stderr, /no span of this jid was received/);
    assert.match((await logs("77ac03bd5e1946d0a2f1c8e5")).stderr, /no job has the id/);
  });

  it("says what to add where there are none", async () => {
    await importFiles(...FILES);
    const { code, stdout } = await logs(CHARGE);
    assert.equal(code, 0);
    assert.match(stdout, /^No log line of 12c0218bd14de9ead7416414 was received\.$/m);
    assert.match(stdout, /^ {2}gem 'opentelemetry-instrumentation-logger'$/m);
    assert.deepEqual(await objects(CHARGE), []);
  });

  it("says what is wrong with the question", async () => {
    await importFiles(...FILES);
    for (const [args, code, message] of [
      [[], 2, /which job\? jobtrace logs <jid>/],
      [[CHARGE, "--attempt=9"], 2, /--attempt=9: 3 attempts were recorded/],
      [[CHARGE, "--severity=loud"], 2, /--severity=loud is not one of trace, debug/],
      [["ffff0000"], 1, /no job has the id ffff0000/],
    ] as const) {
      const run = await logs(...args);
      assert.deepEqual([run.code, run.stdout], [code, ""], args.join(" "));
      assert.match(run.stderr, message);
    }
  });
});
