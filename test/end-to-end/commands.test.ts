/** The built command as a person runs it: exit status, what goes where, ids of every kind, and a real collector. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { exampleRequest } from "../example-job.js";
import { requestOf, sidekiqAttributes } from "../otlp-request.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace, MAIN, startServe } from "./serve-process.js";
import { assertKeepsSchema } from "../json-schema.js";

const RUN = "test/fixtures/runs/shop-link-full";
const FILES = ["001", "002", "003", "004", "005", "006"].map((name) => join(RUN, `${name}.pb.gz`));
const CHARGE = "12c0218bd14de9ead7416414";

describe("the command", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => `--store=${folder()}/store`;
  const imported = async (): Promise<void> => {
    const { code, stdout } = await jobtrace(["import", ...FILES, store()]);
    assert.equal(code, 0, stdout);
  };

  it("alone prints the short help on stderr and exits 2; --help, help and version exit 0", async () => {
    const alone = await jobtrace([]);
    assert.deepEqual([alone.code, alone.stdout], [2, ""]);
    assert.match(alone.stderr, /jobtrace inspect <id>/);
    for (const args of [
      ["--help"],
      ["help"],
      ["help", "serve"],
      ["help", "ids"],
      ["inspect", "--help"],
      ["serve", "-h"],
      ["version"],
      ["--version"],
    ]) {
      const { code, stdout } = await jobtrace(args);
      assert.equal(code, 0, args.join(" "));
      assert.notEqual(stdout, "");
    }
  });

  it("says what was meant by a mistake, and exits 2", async () => {
    for (const [args, message] of [
      [["inspct", "abc"], /unknown command inspct: did you mean inspect\?/],
      [["inspect", "--jsn", "abc"], /unknown option --jsn: did you mean --json\?/],
      [["inspect"], /which job\?/],
      [["inspect", "abcd", "--attempt=0"], /--attempt=0 is not a number from 1/],
      [["list", "--since=yesterday"], /--since=yesterday is neither/],
      [["list", "--state=dead"], /--state=dead is not one of queued/],
      [["serve", "--listen=here"], /cannot listen on "here"/],
      [["serve", "--durability=some"], /--durability=some is not one of/],
      [["help", "idss"], /did you mean ids\?/],
      [["import"], /which files\?/],
    ] as const) {
      const { code, stdout, stderr } = await jobtrace(args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, message);
    }
  });

  it("exits 4 without a store and says how to get one", async () => {
    const { code, stderr } = await jobtrace(["inspect", CHARGE, store()]);
    assert.equal(code, 4);
    assert.match(
      stderr,
      /^jobtrace: no store in .*; start one with jobtrace serve, or name it with --store=DIR\n$/,
    );
  });

  it("imports protobuf, gzip and JSON, and names a file that is none of them", async () => {
    const json = join(folder(), "one.json");
    writeFileSync(
      json,
      JSON.stringify({
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: "5B8EFFF798038103D269B633813FC60C",
                    spanId: "EEE19B7EC3C1B174",
                    name: "x",
                    startTimeUnixNano: "1",
                    endTimeUnixNano: "2",
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
    const plain = join(folder(), "plain.pb");
    writeFileSync(plain, gunzipSync(readFileSync(FILES[0] ?? "")));
    const broken = join(folder(), "broken.pb");
    writeFileSync(broken, "this is no OTLP");
    const cut = join(folder(), "cut.gz");
    writeFileSync(cut, gzipSync("x".repeat(100)).subarray(0, 15));
    const { code, stdout, stderr } = await jobtrace([
      "import",
      json,
      plain,
      broken,
      cut,
      FILES[1] ?? "",
      join(folder(), "nowhere"),
      store(),
    ]);
    assert.equal(code, 1);
    assert.equal(
      stdout.split("\n").filter((line) => line.endsWith(" spans") || line.endsWith(": 1 spans"))
        .length,
      3,
    );
    for (const name of ["broken.pb", "cut.gz", "nowhere"])
      assert.match(stderr, new RegExp(`cannot import .*${name}: `));
  });

  it("prints a job by its jid, as text when piped: whole lines, no colour", async () => {
    await imported();
    const { code, stdout, stderr } = await jobtrace(["inspect", CHARGE, store()]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^Job: ChargeJob \(jid=12c0218bd14de9ead7416414\)\nDuration: 487ms \(attempt 1 of 3\)\n/,
    );
    assert.match(stdout, /INSERT invoices \(\.\.\.\) {2}1 row {2}\(16ms\)/);
    assert.equal(stdout.includes("\x1b"), false);
  });

  it("prints the same bytes each time, in any zone of the machine", async () => {
    await imported();
    const first = await jobtrace(["inspect", CHARGE, store(), "--json"], { TZ: "Asia/Tokyo" });
    const second = await jobtrace(["inspect", CHARGE, store(), "--json"], { TZ: "UTC" });
    assert.equal(first.stdout, second.stdout);
    const text = await jobtrace(["inspect", CHARGE, store(), "--tz=UTC"], { TZ: "Asia/Tokyo" });
    assert.equal(text.stdout, (await jobtrace(["inspect", CHARGE, store(), "--tz=UTC"])).stdout);
  });

  it("takes ids of every kind", async () => {
    await imported();
    const document = JSON.parse(
      (await jobtrace(["inspect", "e87f2adee04bc79d208b364d", store(), "--json"])).stdout,
    ) as JobDocument;
    const activeJobId = document.job.ids.active_job_id ?? "";
    for (const id of [
      "e87f2adee04bc79d208b364d",
      "e87f",
      "6a6f6274e87f2adee04bc79d208b364d",
      "https://jaeger.example/trace/6a6f6274e87f2adee04bc79d208b364d?x=1",
      "2026-11-22T04:46:28.1Z pid=1 tid=2 class=WelcomeMailJob jid=e87f2adee04bc79d208b364d: start",
      document.attempts[0]?.trace_id ?? "",
    ]) {
      const { code, stdout } = await jobtrace(["inspect", id, store()]);
      assert.equal(code, 0, id);
      assert.match(stdout, /jid=e87f2adee04bc79d208b364d/);
    }
    // One ActiveJob id, two jids: the retry has a jid of its own.
    const both = await jobtrace(["inspect", activeJobId, store()]);
    assert.equal(both.code, 3);
    assert.match(both.stderr, /matches 2 jobs/);
    assert.equal((await jobtrace(["inspect", activeJobId.replaceAll("-", ""), store()])).code, 3);
    assert.equal(
      (await jobtrace(["inspect", "--job-id=e87f2adee04bc79d208b364d", store()])).code,
      0,
    );
    assert.equal((await jobtrace(["e87f2adee04bc79d208b364d", store()])).code, 0);
  });

  it("exits 3 for a prefix of several jobs and shows how to type each", async () => {
    const body = ["abcd11", "abcd12", "abcd2"].map((jid, at) =>
      requestOf([
        {
          traceId: "0".repeat(31) + (at + 1),
          spanId: "0".repeat(15) + (at + 1),
          name: "process",
          kind: 5,
          start: BigInt(at) * 1_000_000_000n,
          end: BigInt(at) * 1_000_000_000n + 5n,
          attributes: sidekiqAttributes(jid, `Job${at}`),
        },
      ]),
    );
    const file = join(folder(), "three.pb");
    writeFileSync(file, Buffer.concat(body));
    await jobtrace(["import", file, store()]);
    const { code, stdout, stderr } = await jobtrace(["inspect", "abcd", store(), "--tz=UTC"]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.equal(
      stderr,
      `jobtrace: abcd matches 3 jobs

  abcd2   Job2  completed  1970-01-01 00:00:02  <1ms
  abcd12  Job1  completed  1970-01-01 00:00:01  <1ms
  abcd11  Job0  completed  1970-01-01 00:00:00  <1ms
`,
    );
    const json = await jobtrace(["inspect", "abcd", store(), "--json"]);
    assertKeepsSchema("error-v1", JSON.parse(json.stderr));
  });

  it("exits 1 for an unknown id, with the nearest ones", async () => {
    await imported();
    const { code, stdout, stderr } = await jobtrace([
      "inspect",
      `${CHARGE.slice(0, -1)}5`,
      store(),
      "--tz=UTC",
    ]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^jobtrace: no job has the id 12c0218bd14de9ead7416415\n\nNearest ids:\n {2}12c0218bd14de9ead7416414 {2}ChargeJob {2}completed/,
    );
    assert.match(
      stderr,
      /Looked for a jid, ActiveJob id, trace id, span id, batch id, correlation_id, .* in 26 jobs, /,
    );
  });

  it("exits 5 with --exit-status unless the job completed", async () => {
    await imported();
    assert.equal((await jobtrace(["inspect", CHARGE, store(), "--exit-status"])).code, 0);
    assert.equal(
      (await jobtrace(["inspect", "cdfe88074e477c7ce85aa689", store(), "--exit-status"])).code,
      5,
    );
  });

  it("lists jobs, newest first, filtered, and one JSON object a line", async () => {
    await imported();
    const all = await jobtrace(["list", store(), "--json"]);
    const jobs = all.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { jid: string; state: string; latest_at: string });
    assert.equal(jobs.length, 26);
    assert.deepEqual(
      jobs.map(({ latest_at: at }) => at),
      jobs
        .map(({ latest_at: at }) => at)
        .sort()
        .reverse(),
    );
    const failed = await jobtrace(["list", store(), "--state=failed", "--class=Roll*"]);
    assert.match(failed.stdout, /cdfe88074e477c7ce85aa689 {2}RollbackJob/);
    assert.match(failed.stdout, /\n1 job: 1 failed\n$/);
    assert.equal(
      (await jobtrace(["list", store(), "--limit=3", "--json"])).stdout.trim().split("\n").length,
      3,
    );
    assert.equal((await jobtrace(["list", store(), "--queue=nowhere", "--fail-empty"])).code, 1);
  });

  it("ends silently with 0 when nobody reads on", async () => {
    await imported();
    const pipe = `${process.execPath} ${MAIN} list ${store()} --json | head -n 1 >/dev/null; exit \${PIPESTATUS[0]}`;
    const child = spawn("bash", ["-c", pipe], { stdio: ["ignore", "ignore", "pipe"] });
    const err: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    await once(child, "close");
    assert.deepEqual([child.exitCode, Buffer.concat(err).toString()], [0, ""]);
  });

  it("prints the example byte for byte", async () => {
    const file = join(folder(), "example.pb");
    writeFileSync(file, exampleRequest());
    await jobtrace(["import", file, store()]);
    const { stdout } = await jobtrace(["inspect", "--job-id=abc123", "--brief", store()]);
    assert.match(
      stdout,
      /^Job: SendInvoiceJob \(jid=abc123\)\nDuration: 65ms\n\n\[0ms\] {3}Job started\n\[5ms\] {3}SELECT users WHERE id=42\n/,
    );
  });
});

describe("serve", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it("says where it listens, takes a batch, is read while it runs, and stops in order", async () => {
    const serve = await startServe(folder());
    const body = readFileSync(FILES[1] ?? "");
    const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
    const response = await fetch(`${serve.endpoint}/v1/traces`, {
      method: "POST",
      headers,
      body: new Uint8Array(body),
    });
    assert.equal(response.status, 200);
    const { code, stdout } = await jobtrace(["inspect", CHARGE, `--store=${folder()}`]);
    assert.equal(code, 0);
    assert.match(stdout, /^Job: ChargeJob/);
    assert.equal(await serve.kill("SIGTERM"), 0);
    assert.equal((await jobtrace(["inspect", CHARGE, `--store=${folder()}`])).code, 0);
  });

  it("does not take a malformed body, nor lose anything for it", async () => {
    const serve = await startServe(folder());
    const post = (body: Uint8Array, type: string) =>
      fetch(`${serve.endpoint}/v1/traces`, {
        method: "POST",
        headers: { "content-type": type },
        body: new Uint8Array(body),
      });
    assert.equal((await post(exampleRequest(), "application/x-protobuf")).status, 200);
    for (const body of [Buffer.of(0xff), exampleRequest().subarray(0, -1)])
      assert.equal((await post(body, "application/x-protobuf")).status, 400);
    assert.equal((await post(Buffer.from("[1]"), "application/json")).status, 400);
    const list = await jobtrace(["list", `--store=${folder()}`, "--json"]);
    assert.equal(list.stdout.trim().split("\n").length, 1);
    await serve.kill("SIGTERM");
  });

  it("exits 4 when another process writes to the store, and names it", async () => {
    const serve = await startServe(folder());
    const second = await jobtrace(["serve", "--listen=127.0.0.1:0", `--store=${folder()}`]);
    assert.equal(second.code, 4);
    assert.match(second.stderr, new RegExp(`is written by process ${serve.child.pid} on `));
    const importing = await jobtrace(["import", FILES[0] ?? "", `--store=${folder()}`]);
    assert.equal(importing.code, 4);
    assert.match(importing.stderr, /send to it instead: jobtrace import --server=/);
    const sending = await jobtrace(["import", FILES[0] ?? "", `--server=${serve.endpoint}`]);
    assert.equal(sending.code, 0);
    await serve.kill("SIGTERM");
  });

  it("exits 4 when its address is taken, names who has it, and leaves the store free", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { code, stderr } = await jobtrace([
      "serve",
      `--listen=127.0.0.1:${port}`,
      `--store=${folder()}`,
    ]);
    other.close();
    assert.equal(code, 4);
    assert.match(
      stderr,
      new RegExp(
        `^jobtrace: 127\\.0\\.0\\.1:${port} is in use by ".*" \\(pid ${process.pid}\\)\\.\n`,
      ),
    );
    const serve = await startServe(folder());
    await serve.kill("SIGTERM");
  });
});

describe("demo", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it("shows a recorded job without Ruby, and the command for the others works", async () => {
    mkdirSync(join(folder(), "state"));
    const env = { XDG_STATE_HOME: join(folder(), "state"), TMPDIR: folder() };
    const { code, stdout } = await jobtrace(["demo"], env);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Job: ChargeJob \(jid=12c0218bd14de9ead7416414\)/);
    const [, option = ""] = /jobtrace list (--store=\S+)/.exec(stdout) ?? [];
    assert.match((await jobtrace(["list", option])).stdout, /26 jobs: /);
  });

  it("sends to a running collector and reads from the store that it names", async () => {
    const serve = await startServe(folder());
    const { code, stdout } = await jobtrace(["demo", `--server=${serve.endpoint}`]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /ChargeJob/);
    assert.ok(stdout.includes(`jobtrace list --store=${folder()}`));
    await serve.kill("SIGTERM");
  });
});
