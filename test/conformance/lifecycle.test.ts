/** The built server as it starts, stops, and stands when its disk does not answer. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { createServer } from "node:net";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { DEFAULT_LISTEN } from "../../src/receiver/listen-address.js";
import { MAIN, startServe } from "../end-to-end/serve-process.js";
import { attemptRequest, randomJob } from "../otlp-request.js";
import {
  callGrpc,
  callOn,
  F1,
  frame,
  post,
  startTestReceiver,
  statusOf,
} from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";

describe("the built server", () => {
  const folder = temporaryFolder();

  it("S1, X1: listens on 4317 and 4318 of loopback and nowhere else", async function () {
    if (spawnSync("ss", ["-V"]).error !== undefined || !(await areFree([4317, 4318]))) {
      console.log("        SKIPPED: needs ss(8), and ports 4317 and 4318 free");
      this.skip();
    }
    const child = spawn(process.execPath, [MAIN, "serve", `--store=${folder()}`]);
    try {
      let said = "";
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        said += chunk.toString();
        if (said.includes("Ready.")) break;
      }
      const { stdout } = spawnSync("ss", ["-ltnpH"], { encoding: "utf8" });
      const ours = stdout.split("\n").filter((line) => line.includes(`pid=${child.pid},`));
      const bound = ours.map((line) => line.split(/\s+/)[3] ?? "").sort();
      assert.ok(bound.includes("127.0.0.1:4317") && bound.includes("127.0.0.1:4318"));
      for (const address of bound) assert.match(address, /^(127\.0\.0\.1|\[::1\]):431[78]$/);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  it("S1: has no default address but loopback's", () => {
    assert.deepEqual([...new Set(DEFAULT_LISTEN.map(({ host }) => host))], ["127.0.0.1", "::1"]);
  });

  it("S4: takes any free port when asked for port 0, the same for both families, and tells which", async () => {
    const child = spawn(process.execPath, [
      MAIN,
      "serve",
      "--listen=127.0.0.1:0,[::1]:0",
      `--store=${folder()}`,
    ]);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    while (!said.includes("Ready.")) await once(child.stdout, "data");
    const port = Number(/receive\s+http:\S+:(\d+)/.exec(said)?.[1]);
    assert.ok(port > 0);
    assert.equal((await post({ host: "127.0.0.1", port })).status, 200);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  it("S3: ends and names the address when one is taken, and leaves the other free", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { readonly port: number };
    const args = ["serve", `--listen=127.0.0.1:0,127.0.0.1:${port}`, `--store=${folder()}`];
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
    other.close();
    assert.notEqual(status, 0);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is in use`));
    assert.match(stderr, /--listen=/);
  });

  it("S30: finishes calls under way at SIGTERM: what is acknowledged is stored, once", async () => {
    const serve = await startServe(folder());
    const session = connectHttp2(serve.endpoint);
    session.on("error", () => undefined);
    const calls = Array.from({ length: 50 }, () => {
      const job = randomJob();
      return callOn(session, frame(attemptRequest(job))).then(
        ({ grpcStatus }) => (grpcStatus === "0" ? job.jid : undefined),
        () => undefined,
      );
    });
    await Promise.race(calls);
    assert.equal(await serve.kill("SIGTERM"), 0);
    const acknowledged = (await Promise.all(calls)).filter((jid) => jid !== undefined);
    const reader = openFileStoreReader(folder(), { indexBatch });
    for (const jid of acknowledged) assert.equal((await reader.findRows(jid)).length, 1);
    assert.ok(acknowledged.length > 0);
    assert.ok((await reader.info()).batchCount >= acknowledged.length);
    await reader.close();
  });

  it("goes on when nobody reads any more what it prints", async () => {
    const serve = await startServe(folder());
    serve.child.stdout?.destroy();
    serve.child.stderr?.destroy();
    const { hostname: host, port } = new URL(serve.endpoint);
    for (const sender of ["one/1", "two/2", "three/3"]) {
      const headers = { "content-type": "application/x-protobuf", "user-agent": sender };
      assert.equal((await post({ host, port: Number(port) }, { headers })).status, 200);
    }
    assert.equal(await serve.kill("SIGTERM"), 0);
  });

  it("S22: tells a caller whose time is up, while the store still works", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { receiver, port, requests } = await startTestReceiver({ until });
    const { grpcStatus } = await callGrpc(port, frame(F1), { "grpc-timeout": "50m" });
    assert.deepEqual([grpcStatus, requests.length], ["4", 1]);
    release();
    await receiver.close();
  });
});

describe("S66, S67: a request that fails", () => {
  const REFUSED = { kind: "malformed", reason: "it makes no sense" } as const;
  const FULL = { kind: "unavailable", reason: "no space left", retryAfterSeconds: 3 } as const;
  for (const [id, outcome, http, grpc] of [
    ["for good", REFUSED, 400, "3"],
    ["for now, S24: as for a full disk,", FULL, 503, "14"],
  ] as const) {
    it(`${id} is refused with ${http} and ${grpc}`, async () => {
      const server = await startTestReceiver();
      server.outcome = outcome;
      const reply = await post(server);
      assert.deepEqual([reply.status, String(statusOf(reply).code)], [http, grpc]);
      const { grpcStatus, details } = await callGrpc(server.port, frame(F1));
      assert.equal(grpcStatus, grpc);
      const isRetried = details?.toString("latin1").includes("RetryInfo");
      assert.equal(isRetried, outcome === FULL);
      await server.receiver.close();
    });
  }

  it("S61: by a mistake of ours is refused with 500 and 13, and does not end the process", async () => {
    const until = Promise.reject(new Error("a mistake"));
    until.catch(() => undefined);
    const server = await startTestReceiver({ until });
    const reply = await post(server);
    assert.deepEqual([reply.status, statusOf(reply).code], [500, 13]);
    assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "13");
    await server.receiver.close();
  });
});

describe("S85: an answer", () => {
  it("comes only when the store has what it acknowledges, over both protocols", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await startTestReceiver({ until });
    let answers = 0;
    const both = [post(server), callGrpc(server.port, frame(F1))].map((reply) =>
      reply.then(() => answers++),
    );
    while (server.requests.length < 2) await new Promise(setImmediate);
    // Another request's way there and back: an answer would have come by now.
    await post(server, { method: "GET", path: "/" });
    assert.equal(answers, 0);
    release();
    await Promise.all(both);
    await server.receiver.close();
  });
});

async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const probe = createServer().listen(port, "127.0.0.1");
    const [isFree] = await Promise.race([
      once(probe, "listening").then(() => [true]),
      new Promise<[boolean]>((resolve) => probe.once("error", () => resolve([false]))),
    ]).catch(() => [false]);
    if (isFree !== true) return false;
    probe.close();
    await once(probe, "close");
  }
  return true;
}
