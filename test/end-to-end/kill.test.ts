/**
 * `kill -9` of `serve` at any moment: what was acknowledged is there after the restart. Four senders, two over
 * OTLP/HTTP and two over OTLP/gRPC, send while it is killed at random points; small segments make it roll and seal
 * meanwhile. The seed of the moments is printed, so that a failure can be looked at again.
 */
import assert from "node:assert/strict";
import { Client, credentials } from "@grpc/grpc-js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { attemptRequest, randomJob } from "../otlp-request.js";
import { temporaryFolder } from "../temporary-folder.js";
import { startServe } from "./serve-process.js";

const KILLS = 50;
/** Longest time between ready and the kill. */
const LIFE_MS_MAX = 60;

type Send = (body: Buffer) => Promise<boolean>;

describe("kill -9 of serve", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();

  it(`loses nothing that was acknowledged in ${KILLS} kills`, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.log(`        seed ${seed}`);
    const random = seeded(seed);
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const serve = await startServe(folder());
      const stop = new AbortController();
      const grpc = grpcSender(serve.endpoint);
      const sends = [httpSender(serve.endpoint), httpSender(serve.endpoint), grpc.send, grpc.send];
      const senders = sends.map((send) => sendUntil(stop.signal, send, acknowledged));
      await wait(Math.floor(random() * LIFE_MS_MAX));
      await serve.kill("SIGKILL");
      stop.abort();
      await Promise.all(senders);
      grpc.close();
    }
    assert.ok(
      acknowledged.length > KILLS,
      `only ${acknowledged.length} requests were acknowledged`,
    );
    await assertAllThere(folder(), acknowledged);

    const last = await startServe(folder());
    assert.equal(await last.kill("SIGTERM"), 0);
    await assertAllThere(folder(), acknowledged);
  });
});

async function assertAllThere(store: string, jids: readonly string[]): Promise<void> {
  const reader = openFileStoreReader(store, { indexBatch });
  const lost: string[] = [];
  for (const jid of jids) {
    const [row, ...more] = await reader.findRows(jid);
    assert.equal(more.length, 0, `${jid} is there twice`);
    if (row === undefined || (await reader.read(row.lsn)) === undefined) lost.push(jid);
  }
  const { damage } = await reader.info();
  await reader.close();
  assert.deepEqual({ lost, damage }, { lost: [], damage: [] });
}

async function sendUntil(signal: AbortSignal, send: Send, acknowledged: string[]): Promise<void> {
  while (!signal.aborted) {
    const job = randomJob();
    if (!(await send(attemptRequest(job)))) return;
    acknowledged.push(job.jid);
  }
}

function httpSender(endpoint: string): Send {
  return async (body) => {
    try {
      const headers = { "content-type": "application/x-protobuf" };
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: "POST",
        headers,
        body: new Uint8Array(body),
      });
      return response.status === 200;
    } catch {
      // The server was killed under the request.
      return false;
    }
  };
}

function grpcSender(endpoint: string): { readonly send: Send; close(): void } {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  const send: Send = (body) =>
    new Promise((resolve) => {
      client.makeUnaryRequest(path, same, same, body, (error) => resolve(error === null));
    });
  return { send, close: () => client.close() };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** mulberry32: small, and the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
