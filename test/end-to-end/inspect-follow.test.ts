/** `jobtrace inspect --follow` beside a collector that receives the job piece by piece. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";
import { attemptSpans, clock, returned, status, workerRequest } from "../mockups/mockup-spans.js";
import type { SpanFacts } from "../otlp-request.js";
import { temporaryFolder } from "../temporary-folder.js";
import { CHARGE, FILES } from "./log-lines.js";
import { jobtrace, MAIN, type ServeProcess, startServe } from "./serve-process.js";

const JID = "0b52c7e11f9d4a6688c0d3fe";

interface Follower {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly notes: () => string;
  /** Resolves when it has printed this. */
  until(part: string): Promise<void>;
  ended(): Promise<number | null>;
}

function follow(store: string, ...args: readonly string[]): Follower {
  const child = spawn(
    process.execPath,
    [MAIN, "inspect", "--follow", `--store=${store}`, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let [text, notes] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (notes += chunk.toString()));
  const closed = once(child, "close");
  return {
    child,
    text: () => text,
    notes: () => notes,
    async until(part) {
      while (!`${text}${notes}`.includes(part)) {
        if (child.exitCode !== null) assert.fail(`it ended without ${part}: ${text}${notes}`);
        await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), closed]);
      }
    },
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

/** A job of one attempt. */
function attempt(tag = "a001", start = clock("10:00:00.000")): ReturnType<typeof attemptSpans> {
  return attemptSpans({ jid: JID, jobClass: "RebuildIndexJob", tag, start });
}

async function post(serve: ServeProcess, ...spans: readonly SpanFacts[]): Promise<void> {
  const stamped = spans.map((span) => ({
    ...span,
    attributes: { ...span.attributes, "jobtrace.jid": JID },
  }));
  const body = workerRequest(stamped, { host: "worker-7", pid: 4121, thread: "2xk" });
  const response = await fetch(`${serve.endpoint}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: new Uint8Array(body),
  });
  assert.equal(response.status, 200);
}

describe("inspect --follow", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let serve: ServeProcess | undefined;
  const followers: Follower[] = [];

  afterEach(async () => {
    for (const { child } of followers.splice(0)) child.kill("SIGKILL");
    await serve?.kill("SIGKILL");
  });

  async function begin(...args: readonly string[]): Promise<readonly [ServeProcess, Follower]> {
    serve = await startServe(folder());
    const follower = follow(folder(), "--tz=UTC", ...args);
    followers.push(follower);
    return [serve, follower];
  }

  const beacon = ({ other }: ReturnType<typeof attemptSpans>): SpanFacts =>
    other(0, 0, "jobtrace", "jobtrace.start", {
      attributes: { "jobtrace.class": "RebuildIndexJob", "jobtrace.queue": "default" },
    });

  it("waits for a job, adds what comes, marks what comes late, and ends with the job", async () => {
    const [server, follower] = await begin(JID);
    const spans = attempt();
    await follower.until(`nothing of job ${JID} was received yet; waiting for it`);
    await post(server, beacon(spans), spans.sql(4, 212, "SELECT * FROM products", returned(4100)));
    await follower.until("SELECT products");
    const first = follower.text();
    assert.match(
      first,
      /^Job: RebuildIndexJob \(jid=0b52c7e11f9d4a6688c0d3fe\)\nDuration: 216ms so far\n/,
    );
    await post(server, spans.http(300, 50, "POST", "https://search.internal/_bulk", status(200)));
    await follower.until("_bulk");
    await post(server, spans.sql(250, 9, "UPDATE shops SET seen=1 WHERE id=12"));
    await follower.until("UPDATE shops");
    const third = follower.text();
    await post(server, spans.root(400));
    assert.equal(await follower.ended(), 0);
    const text = follower.text();
    assert.ok(third.startsWith(first) && text.startsWith(third), "a line is never taken back");
    assert.match(
      third,
      /\n\+ \[250ms\] +UPDATE shops SET seen=1 WHERE id=12 \(late\) {2}\(9ms\)\n$/,
    );
    assert.match(text, /\n\[400ms\] +Job finished\n\nDuration: 400ms\n\nEffects: /);
    assert.equal(text.match(/Job started/g)?.length, 1);
    const plain = await jobtrace(["inspect", JID, `--store=${folder()}`, "--tz=UTC"]);
    for (const [, title = ""] of plain.stdout.matchAll(/^\[[\d.ms]+\] +(.*?)(?: {2}|$)/gm))
      assert.ok(text.includes(title), title);
    assert.equal(
      text.slice(text.indexOf("Effects:")),
      plain.stdout.slice(plain.stdout.indexOf("Effects:")),
    );
  });

  it("goes on with the next attempt of a job that a shutdown put back", async () => {
    const [server, follower] = await begin(JID);
    const [one, two] = [attempt(), attempt("a002", clock("10:05:00.000"))];
    await post(server, beacon(one));
    await follower.until("Job started");
    await post(
      server,
      one.root(100, {
        error: { type: "Sidekiq::Shutdown", message: "Sidekiq::Shutdown" },
      }),
    );
    await follower.until("Sidekiq::Shutdown");
    await post(server, two.sql(4, 2, "SELECT * FROM later"), two.root(10));
    assert.equal(await follower.ended(), 0);
    assert.match(follower.text(), /\n\nAttempt 2\n\[0ms\] +Job started\n\[4ms\] +SELECT later/);
  });

  it("exits 5 with --exit-status when the job failed, and says that it did", async () => {
    const [server, follower] = await begin(JID, "--exit-status");
    const spans = attempt();
    await post(server, beacon(spans));
    await follower.until("Job started");
    await post(server, spans.root(100, { error: { type: "KeyError", message: "no such key" } }));
    assert.equal(await follower.ended(), 5);
    assert.match(follower.text(), /\nState: failed ✗ after 1 attempt /);
  });

  it("prints one document at the end with --json, that of inspect", async () => {
    const [server, follower] = await begin(JID, "--json");
    const spans = attempt();
    await follower.until("waiting for it");
    await post(server, beacon(spans));
    await post(server, spans.root(400));
    assert.equal(await follower.ended(), 0);
    const document = JSON.parse(follower.text()) as JobDocument;
    assert.equal(document.job.state, "completed");
    const { stdout } = await jobtrace(["inspect", JID, `--store=${folder()}`, "--json"]);
    assert.equal(follower.text(), stdout);
  });

  it("ends with 0 on Ctrl-C, and what it had printed stands", async () => {
    const [server, follower] = await begin(JID);
    await post(server, beacon(attempt()));
    await follower.until("Job started");
    follower.child.kill("SIGINT");
    assert.equal(await follower.ended(), 0);
    assert.match(follower.text(), /Job started \(start record\)\n$/);
    const waiting = follow(folder(), "--json", JID);
    followers.push(waiting);
    await waiting.until("").then(() => server.kill("SIGKILL"));
    await waiting.until("no collector writes to this store now");
    waiting.child.kill("SIGINT");
    assert.deepEqual([await waiting.ended(), waiting.text()], [130, ""]);
  });

  it("shows a job that has ended as inspect does, and refuses what cannot be followed", async () => {
    await jobtrace(["import", "-q", ...FILES, `--store=${folder()}/store`]);
    const store = `--store=${folder()}/store`;
    for (const args of [[], ["--brief"], ["--json"], ["--graph"]]) {
      const plain = await jobtrace(["inspect", CHARGE, store, ...args]);
      const followed = await jobtrace(["inspect", CHARGE, "-f", store, ...args]);
      assert.deepEqual(followed, plain, args.join(" "));
    }
    const refused = await jobtrace(["inspect", CHARGE, "-f", "--attempt=1", store]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /leave out --attempt/);
    // A part of an id may be of any job.
    assert.equal((await jobtrace(["inspect", "12c0218bffff", "-f", store])).code, 1);
  });
});
