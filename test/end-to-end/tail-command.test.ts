/** `jobtrace tail` beside a real collector that writes, rolls its log, is stopped, killed and started again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobLine } from "../../src/jobscope/inspect/job-line.js";
import { attempt, jidOf, sql, WORKER } from "../cases/sidekiq-spans.js";
import { assertKeepsSchema } from "../json-schema.js";
import { requestOf, type SpanFacts } from "../otlp-request.js";
import { recordedRun } from "../recorded-runs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { jobtrace, MAIN, type ServeProcess, startServe } from "./serve-process.js";
import { startTail, type TailProcess } from "./tail-process.js";

describe("jobtrace tail", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  let serve: ServeProcess;
  let tails: TailProcess[] = [];
  beforeEach(async () => {
    serve = await startServe(store());
  });
  afterEach(async () => {
    for (const { child } of tails) child.kill("SIGKILL");
    tails = [];
    await serve.kill("SIGKILL");
  });

  function tail(...options: readonly string[]): TailProcess {
    const started = startTail(store(), ...options);
    tails.push(started);
    return started;
  }

  /** Tells that it reads along, which a line that comes after it began does. */
  async function reading(...options: readonly string[]): Promise<TailProcess> {
    const started = tail(...options);
    for (let tries = 0; started.lines.length === 0; tries++) {
      assert.ok(tries < 200, `no line came: ${started.notes.join("\n")}`);
      await send(job(`f${tries}`, { jobClass: "ProbeJob" }));
      await sleep(100);
    }
    // What was sent meanwhile has come when the last of it has.
    await sleep(500);
    return started;
  }

  async function send(body: Buffer, encoding?: "gzip"): Promise<void> {
    const headers = {
      "content-type": "application/x-protobuf",
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    };
    const response = await fetch(`${serve.endpoint}/v1/traces`, { method: "POST", headers, body });
    assert.equal(response.status, 200);
  }

  it("tells a recorded run as it comes, as it tells it afterwards, and keeps to the schema", async () => {
    const live = tail("--json", "--enqueues", "--since=2020-01-01");
    await sleep(1000);
    for (const body of recordedRun("shop-link-full").bodies) {
      await send(body, "gzip");
      await sleep(100);
    }
    const past = ["tail", `--store=${store()}`, "--json", "--enqueues", "--since=2020-01-01"];
    const { code, stdout } = await jobtrace([...past, "--until=1s"]);
    assert.equal(code, 0);
    const later = stdout.trimEnd().split("\n");
    assert.ok(later.length > 40);
    await live.untilLines(later.length);
    assert.deepEqual(live.lines, later);
    for (const line of later) assertKeepsSchema("job-line-v1", JSON.parse(line));
    live.child.kill("SIGINT");
    assert.deepEqual([await live.ended(), live.notes], [0, []]);
  });

  it("goes on after the collector was killed and started again, says so once, and misses and repeats nothing", async () => {
    const live = await reading("--json");
    const before = live.lines.length;
    for (const tag of ["a1", "a2"]) await send(job(tag));
    await live.untilLines(before + 2);
    await serve.kill("SIGKILL");
    await live.untilNotes(1);
    serve = await startServe(store(), "--segment-size=4KiB");
    await live.untilNotes(2);
    for (let at = 0; at < 40; at++) await send(job(`b${at.toString(16).padStart(2, "0")}`));
    await live.untilLines(before + 42);
    await serve.kill("SIGKILL");
    await live.untilNotes(3);
    await sleep(600);
    assert.deepEqual(
      live.lines.slice(before).map(jidIn),
      ["a1", "a2", ...hexTags("b", 40)].map(jidOf),
    );
    assert.deepEqual(live.notes, [
      "-- no collector is writing to this store; waiting --",
      "-- a collector writes to this store again --",
      "-- no collector is writing to this store; waiting --",
    ]);
    const segments = readdirSync(join(store(), "log")).filter((name) => name.endsWith(".jlog"));
    assert.ok(segments.length > 3, segments.join(" "));
    live.child.kill("SIGTERM");
    assert.equal(await live.ended(), 0);
  });

  it("tells what came while it was held up, in order", async () => {
    const live = await reading("--json");
    const before = live.lines.length;
    live.child.kill("SIGSTOP");
    await serve.kill("SIGTERM");
    serve = await startServe(store(), "--segment-size=4KiB");
    for (const tag of hexTags("c", 30)) await send(job(tag));
    live.child.kill("SIGCONT");
    await live.untilLines(before + 30);
    assert.deepEqual(live.lines.slice(before).map(jidIn), hexTags("c", 30).map(jidOf));
  });

  it("goes on over segments that retention deleted, and counts what it could not read", async () => {
    const live = await reading("--json");
    const before = live.lines.length;
    live.child.kill("SIGSTOP");
    await serve.kill("SIGTERM");
    serve = await startServe(store(), "--segment-size=4KiB");
    for (const tag of hexTags("d", 30)) await send(job(tag));
    await serve.kill("SIGTERM");
    const pruned = await jobtrace(["store", "prune", `--store=${store()}`, "--max-size=12KB"]);
    assert.equal(pruned.code, 0, pruned.stderr);
    serve = await startServe(store());
    await send(job("e1"));
    live.child.kill("SIGCONT");
    await live.untilNotes(1);
    const missed = Number(/^-- (\d+) batch(?:es were| was) deleted/.exec(live.notes[0] ?? "")?.[1]);
    await live.untilLines(before + 31 - missed);
    assert.equal(jidIn(live.lines.at(-1) ?? ""), jidOf("e1"));
    assert.ok(missed > 0, live.notes.join("\n"));
    assert.equal(live.lines.length - before, 31 - missed);
  });

  it("tells each attempt of a job that is tried again, and nothing of late spans", async () => {
    const live = await reading("--json");
    const before = live.lines.length;
    const jid = jidOf("a9");
    const late = sql({ trace: "a9", span: "d1", parent: "c9" }, { from: 2, to: 3 }, "SELECT 1");
    const first = attempt(jid, { trace: "a9", span: "c9" }, { from: 1, to: 5, error: "Boom" });
    const second = attempt(jid, { trace: "aa", span: "ca" }, { from: 30, to: 35 });
    for (const spans of [[first], [late], [first, late], [second]]) await send(request(spans));
    await live.untilLines(before + 2);
    await sleep(600);
    assert.deepEqual(
      live.lines.slice(before).map((line) => {
        const { jid: own, state, attempts } = JSON.parse(line) as JobLine;
        return [own, state, attempts];
      }),
      [
        [jid, "failed", 1],
        [jid, "completed", 2],
      ],
    );
  });

  it("ends after the first match with --once, and by the job's state with --exit-status", async () => {
    for (const [error, code] of [
      ["Boom", 5],
      [undefined, 0],
    ] as const) {
      const only = [`--class=Only${code}*`, "--since=2020-01-01"];
      const one = tail("--once", "--exit-status", "--json", ...only);
      await send(job("a1"));
      await sleep(1000);
      assert.deepEqual([one.child.exitCode, one.lines], [null, []]);
      await send(job(`a${code + 2}`, { jobClass: `Only${code}Job`, error }));
      assert.equal(await one.ended(), code, one.notes.join("\n"));
      assert.deepEqual(one.lines.map(jidIn), [jidOf(`a${code + 2}`)]);
    }
    const before = await jobtrace([
      "tail",
      "--once",
      "--since=2020-01-01",
      "--json",
      `--store=${store()}`,
    ]);
    assert.deepEqual([before.code, jidIn(before.stdout)], [0, jidOf("a1")]);
  });

  it("ends silently with 0 when nobody reads on", async () => {
    const script = '{ "$0" "$@"; echo "exit $?" >&2; } | head -1';
    const args = ["-c", script, process.execPath, MAIN, "tail", `--store=${store()}`];
    const piped = spawn("sh", args, { stdio: ["ignore", "pipe", "pipe"] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    piped.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    piped.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    let isOver = false;
    void once(piped, "close").then(() => (isOver = true));
    for (let at = 0; !isOver; at++) {
      assert.ok(at < 100, "it does not end");
      await send(job(`a${at.toString(16).padStart(3, "0")}`));
      await sleep(100);
    }
    assert.equal(Buffer.concat(err).toString(), "exit 0\n");
    assert.match(Buffer.concat(out).toString(), /^\S+ \S+ {2}a\S+ {2}ShipJob .*\n$/);
  });

  it("says what was meant by a mistake, and exits 2; without a store 4", async () => {
    for (const [args, message] of [
      [["--exit-status"], /add --once/],
      [["--until=2999-01-01"], /still to come/],
      [["-n", "100000"], /more than 10000: use --since/],
      [["-n", "some"], /--lines=some is not a whole number/],
    ] as const) {
      const { code, stderr } = await jobtrace(["tail", `--store=${store()}`, ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    assert.equal((await jobtrace(["tail", `--store=${folder()}/none`])).code, 4);
  });
});

function job(
  tag: string,
  { jobClass = "ShipJob", error }: { jobClass?: string; error?: string | undefined } = {},
): Buffer {
  const options = { from: 10, to: 20, jobClass, ...(error === undefined ? {} : { error }) };
  return request([attempt(jidOf(tag), { trace: tag, span: tag }, options)]);
}

function request(spans: readonly SpanFacts[]): Buffer {
  return requestOf(spans, WORKER);
}

function hexTags(first: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => first + at.toString(16).padStart(2, "0"));
}

function jidIn(line: string): string {
  return (JSON.parse(line) as JobLine).jid;
}
