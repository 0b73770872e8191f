/** `serve --forward` as a process: kills, several peers at once, what it says of them, and what it refuses. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { jobTraceId } from "../../src/jobscope/model/document/job-trace-id.js";
import { listCursors } from "../../src/jobscope/store/cursor-file.js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { type ForwardedSpan, hex, isMade, spanIdsOf } from "../exporters/forwarded-spans.js";
import {
  type ScriptedPeer,
  spansOf,
  startGrpcPeer,
  startHttpPeer,
} from "../exporters/scripted-peer.js";
import { plainRequest } from "../exporters/forwarded-store.js";
import { recordedRun, recordedRuns } from "../recorded-runs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { runForwardKills } from "./forward/forward-kills.js";
import { jobtrace, type ServeProcess, startServe } from "./serve-process.js";

const KILLS = 12;

describe("serve --forward", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function peer(start: () => Promise<ScriptedPeer> = startHttpPeer): Promise<ScriptedPeer> {
    const started = await start();
    cleanups.push(() => started.close());
    return started;
  }
  async function serve(...options: readonly string[]): Promise<ServeProcess> {
    const started = await startServe(store(), ...options);
    cleanups.push(() => started.kill("SIGKILL"));
    return started;
  }
  async function send({ endpoint }: ServeProcess, raw: Buffer): Promise<void> {
    const response = await fetch(`${endpoint}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: new Uint8Array(raw),
    });
    assert.equal(response.status, 200);
  }

  it(`E14 loses nothing in ${KILLS} kills, and repeats no more than a checkpoint each`, async () => {
    const seed = Date.now() % 1_000_000;
    const { acknowledged, lost, twice, twiceMax } = await runForwardKills({ kills: KILLS, seed });
    assert.ok(acknowledged > 0);
    assert.equal(lost, 0, `seed ${seed}`);
    assert.ok(twice <= twiceMax, `${twice} arrived twice, seed ${seed}`);
  });

  it("E18 sends by job to one peer and as received to another, and one that is away slows no other", async () => {
    const jobs = await peer();
    const away = await peer(startGrpcPeer);
    away.script = () => ({ kind: "silence" });
    const running = await serve(
      `--forward=http://127.0.0.1:${jobs.port}`,
      `--forward-as-received=127.0.0.1:${away.port}`,
    );
    for (const body of recordedRun("cap-link").bodies) await send(running, gunzipSync(body));
    await jobs.until(() => jobs.taken.size > 40);
    assert.equal(away.taken.size, 0);
    const text = await (await fetch(running.endpoint)).text();
    assert.match(text, /^forward 127\.0\.0\.1:\d+ \(job\): ok, \d+ spans sent/m);
  });

  for (const run of recordedRuns()) {
    it(`sends ${run.name} as one trace for each job, with its spans and nobody else's`, async () => {
      const taker = await peer();
      const running = await serve(`--forward=http://127.0.0.1:${taker.port}`);
      for (const body of run.bodies) await send(running, gunzipSync(body));
      await eventually(async () => {
        const health = await (await fetch(running.endpoint)).text();
        assert.match(health, /^forward .*; nothing behind$/m);
      });
      const sent = new Map<string, string[]>();
      for (const span of taker.bodies.flatMap(spansOf)) {
        if (isMade({ attributes: (span.attributes ?? []) as ForwardedSpan["attributes"] }))
          continue;
        const traceId = hex(span.traceId ?? new Uint8Array());
        sent.set(traceId, [...(sent.get(traceId) ?? []), hex(span.spanId ?? new Uint8Array())]);
      }
      const reader = openFileStoreReader(store(), { indexBatch });
      try {
        for (const { jid } of run.jobs) {
          const own = await spanIdsOf(reader, jid);
          assert.deepEqual((sent.get(jobTraceId(jid)) ?? []).sort(), [...own].sort(), jid);
        }
      } finally {
        await reader.close();
      }
    });
  }

  it("E15 begins anew with the oldest span when its cursor is damaged, and says so", async () => {
    const taker = await peer();
    const forward = [`--forward=http://127.0.0.1:${taker.port}`, "--forward-mode=as-received"];
    const first = await serve(...forward);
    await send(first, plainRequest(3).raw);
    await taker.until(() => taker.taken.size === 3);
    await first.kill("SIGTERM");
    const [cursor = ""] = listCursors(store());
    writeFileSync(cursor, Buffer.alloc(readFileSync(cursor).length, 0xff));
    const second = await serve(...forward);
    await taker.until(() => [...taker.taken.values()].every((times) => times === 2));
    await second.kill("SIGTERM");
    const third = await serve(...forward);
    await send(third, plainRequest(1).raw);
    await taker.until(() => taker.taken.size === 4);
    assert.equal([...taker.taken.values()].filter((times) => times === 2).length, 3);
  });

  it("E27 tells in store info how far each peer is, and what is behind", async () => {
    const taker = await peer();
    taker.script = () => ({ kind: "http", status: 401 });
    const running = await serve(
      `--forward=http://127.0.0.1:${taker.port}`,
      "--forward-mode=as-received",
    );
    await send(running, plainRequest(7).raw);
    await taker.until(() => taker.requests.length === 1);
    await eventually(async () => {
      const health = await (await fetch(running.endpoint)).text();
      assert.match(
        health,
        /^forward 127\.0\.0\.1:\d+ \(as-received\): parked: HTTP 401, 0 spans sent, 1 requests sent again; 7 spans, .* behind$/m,
      );
    });
    await running.kill("SIGTERM");
    const text = await jobtrace(["store", "info", `--store=${store()}`]);
    assert.match(
      text.stdout,
      /^forward +127\.0\.0\.1:\d+ \(as-received\): parked: HTTP 401.*; 7 spans, .* behind/m,
    );
    const json = await jobtrace(["store", "info", "--json", `--store=${store()}`]);
    const { forward } = JSON.parse(json.stdout) as { forward: readonly Record<string, unknown>[] };
    assert.deepEqual(
      [forward[0]?.["state"], forward[0]?.["mode"], forward[0]?.["behind_spans"]],
      ["parked", "as-received", 7],
    );
  });

  it("E24 refuses to forward to itself; E1 E5 names what is wrong with an endpoint or an option", async () => {
    for (const [args, env, expected] of [
      [["--listen=127.0.0.1:5999", "--forward=http://localhost:5999"], {}, /itself listens/],
      [["--forward=http://127.0.0.1:4318"], {}, /itself listens/],
      [["--forward=:nonsense:"], {}, /--forward: ":nonsense:" is not an endpoint/],
      [["--forward=h:1"], { JOBTRACE_FORWARD_COMPRESSION: "zip" }, /compression "zip" is not/],
      [["--forward=h:1", "--forward-mode=jobs"], {}, /--forward-mode=jobs is not one of/],
    ] as const) {
      const { code, stderr } = await jobtrace(["serve", `--store=${store()}`, ...args], env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
    }
  });

  it("E24 refuses what was forwarded from its own store, however it came back, and keeps it", async () => {
    let port = 0;
    // Another address that leads here: a proxy, a port of a container.
    const proxy = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    cleanups.push(async () => void proxy.close());
    const other = (proxy.address() as AddressInfo).port;
    for (const scheme of ["http://", ""]) {
      const options = [`--forward=${scheme}127.0.0.1:${other}`, "--forward-mode=as-received"];
      const running = await serve(...options);
      port = Number(new URL(running.endpoint).port);
      await send(running, plainRequest(3).raw);
      await eventually(async () => {
        const health = await (await fetch(running.endpoint)).text();
        assert.match(health, /; 3 spans received/);
        assert.match(health, /parked: .*forwarded from this very store/);
      });
      await running.kill("SIGTERM");
    }
  });

  it("E17 says how many spans a peer lost when the store had to become smaller", async () => {
    const away = await peer();
    away.script = () => ({ kind: "http", status: 503 });
    const running = await serve(
      `--forward=http://127.0.0.1:${away.port}`,
      "--forward-mode=as-received",
      "--segment-size=64KiB",
      "--keep-size=200kB",
      "--compress=none",
    );
    for (let sent = 0; sent < 60; sent++) await send(running, plainRequest(100).raw);
    const told =
      /! [\d,]+ spans deleted that 127\.0\.0\.1:\d+ had not been sent: the store was over its size/;
    await eventually(async () => assert.match(running.lines.join("\n"), told));
  });

  it("never reads the variables of OpenTelemetry's own exporter: they lead to itself", async () => {
    const taker = await peer();
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = `http://127.0.0.1:${taker.port}`;
    try {
      const running = await serve();
      await send(running, plainRequest(1).raw);
      assert.ok(!running.lines.some((line) => line.includes("forward")));
      assert.doesNotMatch(await (await fetch(running.endpoint)).text(), /^forward/m);
    } finally {
      delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    }
  });
});

/** Looks again until it holds; then fails as it failed last. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let looks = 1; ; looks++) {
    try {
      await check();
      return;
    } catch (error) {
      if (looks === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
