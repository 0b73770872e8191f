/** What comes late, in any order, or while others read and a peer does not answer: it is all there, and told as it was. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { jobtrace, type ServeProcess, startServe } from "../end-to-end/serve-process.js";
import { type ScriptedPeer, startGrpcPeer, startHttpPeer } from "../exporters/scripted-peer.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../otlp-request.js";
import { post } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";
import { manySpans } from "./many-spans.js";

const START = 1_795_000_000_000_000_000n;
const MS = 1_000_000n;

describe("spans that reach the built server", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function serve(...options: readonly string[]): Promise<ServeProcess> {
    const started = await startServe(store(), ...options);
    cleanups.push(() => started.kill("SIGKILL"));
    return started;
  }
  async function send({ endpoint }: ServeProcess, body: Buffer): Promise<void> {
    const { hostname: host, port } = new URL(endpoint);
    assert.equal((await post({ host, port: Number(port) }, { body })).status, 200);
  }
  interface Told {
    readonly job: {
      readonly state: string;
      readonly enqueued_by: readonly { readonly title: string }[];
    };
    readonly attempts: readonly { readonly steps: readonly { readonly title: string }[] }[];
    readonly completeness: { readonly complete: boolean; readonly missing_parents: number };
  }
  async function inspect(jid: string): Promise<Told> {
    const { stdout, stderr } = await jobtrace(["inspect", jid, "--json", `--store=${store()}`]);
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as Told;
  }

  it("L13: in any order, in segments of their own, before and after a restart, make the same job", async () => {
    const jid = "ab".repeat(12);
    const traces = [
      "0af7651916cd43dd8448eb211c80319c",
      "1bf7651916cd43dd8448eb211c80319d",
    ] as const;
    const child: SpanFacts = {
      traceId: traces[1],
      spanId: "2000000000000002",
      parentSpanId: "2000000000000001",
      name: "SELECT",
      kind: 3,
      start: START + 20n * MS,
      end: START + 21n * MS,
      scope: "PG",
      attributes: {
        "db.system": "postgresql",
        "db.statement": "SELECT * FROM orders WHERE id = ?",
      },
    };
    const attempt: SpanFacts = {
      traceId: traces[1],
      spanId: "2000000000000001",
      name: "default process",
      kind: 5,
      start: START + 10n * MS,
      end: START + 50n * MS,
      attributes: sidekiqAttributes(jid, "LateJob"),
    };
    const push: SpanFacts = {
      traceId: traces[0],
      spanId: "1000000000000002",
      parentSpanId: "1000000000000001",
      name: "default publish",
      kind: 4,
      start: START + MS,
      end: START + 2n * MS,
      attributes: sidekiqAttributes(jid, "LateJob"),
    };
    const request: SpanFacts = {
      traceId: traces[0],
      spanId: "1000000000000001",
      name: "POST /orders",
      kind: 2,
      start: START,
      end: START + 5n * MS,
      scope: "Rack",
      attributes: { "http.method": "POST", "http.target": "/orders" },
    };
    const first = await serve("--segment-size=1B");
    await send(first, requestOf([child]));
    await send(first, requestOf([attempt]));
    const before = await inspect(jid);
    assert.deepEqual([before.job.state, before.job.enqueued_by], ["completed", []]);
    assert.equal(before.completeness.missing_parents, 0);
    await first.kill("SIGTERM");
    const second = await serve("--segment-size=1B");
    await send(second, requestOf([push]));
    await send(second, requestOf([request]));
    await second.kill("SIGTERM");
    const late = await inspect(jid);
    assert.deepEqual(
      late.job.enqueued_by.map(({ title }) => title),
      ["POST /orders"],
    );
    assert.ok(late.attempts[0]?.steps.some(({ title }) => title.startsWith("SELECT orders")));
  });

  it("L14: while others read are all there, and what is read meanwhile is right", async () => {
    const running = await serve("--segment-size=256KiB");
    const make = manySpans(500);
    const known = make();
    await send(running, known.body);
    let isReading = true;
    const sent: string[] = [];
    const sending = Array.from({ length: 4 }, async () => {
      while (isReading) {
        const { jid, body } = make();
        await send(running, body);
        sent.push(jid);
      }
    });
    const look = async (args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await jobtrace([...args, `--store=${store()}`]);
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const first = await look(["inspect", known.jid, "--json"]);
    for (let round = 0; round < 3; round++) {
      const [again, list, verify] = await Promise.all([
        look(["inspect", known.jid, "--json"]),
        look(["list"]),
        look(["store", "verify"]),
      ]);
      assert.equal(again, first);
      assert.match(list, /LoadJob/);
      assert.match(verify, /^[\d,]+ records/m);
    }
    isReading = false;
    await Promise.all(sending);
    assert.ok(sent.length > 10);
    for (const jid of [sent[0] ?? "", sent.at(-1) ?? ""])
      assert.equal((await inspect(jid)).attempts.length, 1);
  });

  for (const [protocol, startPeer] of [
    ["gRPC", startGrpcPeer],
    ["HTTP", startHttpPeer],
  ] as const) {
    it(`L9: are taken while the peer that they are forwarded to over ${protocol} never answers, and reach it once it does`, async () => {
      const peer: ScriptedPeer = await startPeer();
      cleanups.push(() => peer.close());
      peer.script = () => ({ kind: "silence" });
      const to = protocol === "gRPC" ? `127.0.0.1:${peer.port}` : `http://127.0.0.1:${peer.port}`;
      const options = [`--forward=${to}`, "--forward-mode=as-received"];
      const running = await serve(...options);
      const make = manySpans(2);
      for (let at = 0; at < 300; at++) await send(running, make().body);
      await peer.until(() => peer.requests.length > 0);
      assert.equal(peer.taken.size, 0);
      peer.script = () => ({ kind: "ok" });
      // Its deadline for an answer is ten seconds; a start asks anew.
      await running.kill("SIGTERM");
      await serve(...options);
      for (let tries = 0; peer.taken.size === 0 && tries < 1000; tries++) await wait(10);
      // The model's span ids are the same in each request: so often each was taken.
      await peer.until(() => Math.min(...peer.taken.values()) === 300);
      assert.equal(peer.taken.size, 2);
    });
  }
});
