/** The built server as it starts: under the fire of senders, on a large store, on a store of the first format. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { jobtrace, MAIN, startServe } from "../end-to-end/serve-process.js";
import { callGrpc, frame, post } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";
import { manySpans } from "./many-spans.js";

const HOST = "127.0.0.1";
const FORMAT_1 = "test/fixtures/stores/format-1";

describe("the built server that starts", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  /** Sends so many requests of 100 spans to a server of its own, which is killed then. */
  async function fill(requests: number, ...options: readonly string[]): Promise<void> {
    const serve = await startServe(store(), ...options);
    started.push(serve.child);
    const make = manySpans(100);
    const at = addressOf(serve.endpoint);
    for (let sent = 0; sent < requests; sent++)
      assert.equal((await post(at, { body: make().body })).status, 200);
    await serve.kill("SIGKILL");
  }

  it("L17: while senders do already, is not there yet, or takes what they send, or tells them to come back", async () => {
    await fill(200);
    const log = join(store(), "log");
    for (const name of readdirSync(log)) if (name.endsWith(".jlix")) rmSync(join(log, name));
    const newest = readdirSync(log)
      .filter((name) => name.endsWith(".jlog"))
      .at(-1);
    appendFileSync(join(log, newest ?? ""), Buffer.alloc(5000));
    const at = { host: HOST, port: await freePort() };
    const stop = new AbortController();
    const answers = new Map<string, number>();
    const taken: string[] = [];
    const note = (answer: string): void => void answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const make = manySpans(3);
    const senders = Array.from({ length: 8 }, async (_, number) => {
      while (!stop.signal.aborted) {
        const { jid, body } = make();
        const sent =
          number % 2 === 0
            ? post(at, { body }).then(({ status }) => `HTTP ${status}`)
            : callGrpc(at.port, frame(body)).then(({ grpcStatus }) => `gRPC ${grpcStatus}`);
        const answer = await sent.catch(() => "not there");
        note(answer);
        if (answer === "HTTP 200" || answer === "gRPC 0") taken.push(jid);
        if (answer === "not there") await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    const args = [MAIN, "serve", `--listen=${HOST}:${at.port}`, `--store=${store()}`];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    started.push(child);
    while (taken.length < 200) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await Promise.all(senders);
    assert.ok((answers.get("not there") ?? 0) > 0, "nobody sent before it was there");
    const allowed = new Set(["not there", "HTTP 200", "HTTP 503", "gRPC 0", "gRPC 14"]);
    assert.deepEqual(
      [...answers.keys()].filter((answer) => !allowed.has(answer)),
      [],
    );
    const reader = openFileStoreReader(store(), { indexBatch });
    for (const jid of taken) assert.equal((await reader.findRows(jid)).length, 1, jid);
    await reader.close();
  });

  it("D33: reads the end of its store and not all of it", async function () {
    if (!existsSync("/proc/self/io")) this.skip();
    /** Bytes that a `serve` has read when it is ready. */
    const bytesRead = async (): Promise<number> => {
      const serve = await startServe(store());
      started.push(serve.child);
      const io = readFileSync(`/proc/${serve.child.pid}/io`, "utf8");
      await serve.kill("SIGTERM");
      return Number(/rchar: (\d+)/.exec(io)?.[1]);
    };
    const empty = await bytesRead();
    await fill(600, "--segment-size=100KiB", "--compress=none");
    // Seals what the kill left.
    await (await startServe(store())).kill("SIGTERM");
    const size = readdirSync(join(store(), "log")).reduce(
      (sum, name) => sum + readFileSync(join(store(), "log", name)).length,
      0,
    );
    assert.ok(size > 5_000_000, `${size} bytes`);
    const more = (await bytesRead()) - empty;
    assert.ok(more < size / 10, `${more} bytes were read of a store of ${size}`);
  });

  it("D34: opens a store of the first format whose indexes are of an older layout, reads it and goes on in it", async () => {
    cpSync(FORMAT_1, store(), { recursive: true });
    const jids = ["a1", "b2", "c3"].map((pair) => pair.repeat(12));
    const assertThere = async (): Promise<void> => {
      for (const jid of jids) {
        const { code, stdout, stderr } = await jobtrace(["inspect", jid, `--store=${store()}`]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`Job: FirstFormatJob \\(jid=${jid}\\)`));
      }
      const { code, stdout } = await jobtrace(["store", "verify", `--store=${store()}`]);
      assert.equal(code, 0, stdout);
    };
    await assertThere();
    const serve = await startServe(store(), "--keep=forever");
    started.push(serve.child);
    const { jid, body } = manySpans(3)();
    assert.equal((await post(addressOf(serve.endpoint), { body })).status, 200);
    await serve.kill("SIGTERM");
    const log = join(store(), "log");
    for (const name of readdirSync(log).filter((file) => /\.(?:jidx|jlix)$/.test(file)))
      assert.notEqual(readFileSync(join(log, name)).toString("latin1", 0, 4), "JTR3", name);
    await assertThere();
    const { code } = await jobtrace(["inspect", jid, `--store=${store()}`]);
    assert.equal(code, 0);
  });
});

function addressOf(endpoint: string): { readonly host: string; readonly port: number } {
  const { hostname: host, port } = new URL(endpoint);
  return { host, port: Number(port) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
