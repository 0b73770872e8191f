/** The built server under more than it usually gets: what it answers is true, and it keeps nothing of it in memory. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { type ServerUnderTest, startServer } from "../fuzz/server-under-test.js";
import { attemptRequest, randomJob } from "../otlp-request.js";
import { callGrpc, F1, frame, post, PROTOBUF } from "../receiver/test-receiver.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type ManySpans, manySpans } from "./many-spans.js";

const MIB = 1024 * 1024;
/** Answers after which a sender sends the same again. */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** What the heap may grow by, garbage collected: caches fill, and code is compiled. */
const HEAP_GROWTH_MAX = 4 * MIB;
/** Until a connection that its client has closed is closed. */
const CLOSING_MAX_MS = 10_000;

describe("the built server under load", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const store = (): string => join(folder(), "store");
  let server: ServerUnderTest;
  beforeEach(async () => {
    server = await startServer(store());
  });
  afterEach(() => server.stop());

  const address = (): { readonly host: string; readonly port: number } => ({
    host: "127.0.0.1",
    port: server.port,
  });

  /** Each sender has a connection of its own, and sends again what was refused for now. How often that was, by jid. */
  async function sendAll(
    senders: readonly (readonly ManySpans[])[],
  ): Promise<ReadonlyMap<string, number>> {
    const refusals = new Map<string, number>();
    await Promise.all(
      senders.map(async (requests) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (const { jid, body } of requests)
          for (let taken = false; !taken; ) {
            const options = { ...address(), agent, path: "/v1/traces", method: "POST" };
            const asked = request({ ...options, headers: PROTOBUF }).end(body);
            const [response] = (await once(asked, "response")) as [IncomingMessage];
            await once(response.resume(), "close");
            taken = response.statusCode === 200;
            if (taken) continue;
            assert.ok(RETRYABLE.has(response.statusCode ?? 0), `${response.statusCode}`);
            refusals.set(jid, (refusals.get(jid) ?? 0) + 1);
            await wait(1000 * Number(response.headers["retry-after"]));
          }
        agent.destroy();
      }),
    );
    return refusals;
  }

  async function assertStored(
    requests: readonly ManySpans[],
    refusals: ReadonlyMap<string, number>,
  ): Promise<void> {
    const reader = openFileStoreReader(store(), { indexBatch });
    for (const { jid, body } of requests) {
      const [row, ...more] = await reader.findRows(jid);
      // What was refused while the disk stalled may be stored as well.
      assert.ok(
        more.length <= (refusals.get(jid) ?? 0),
        `${jid} is there ${more.length + 1} times`,
      );
      const batch = row && (await reader.read(row.lsn));
      assert.ok(batch !== undefined && body.equals(batch.raw()), `${jid} is not there as it was`);
    }
    await reader.close();
  }

  it("L2, L4: stores 100,000 spans from 50 senders at once, and forgets them", async () => {
    const make = manySpans(512);
    await sendAll([[make()]]);
    const before = await server.heap();
    const senders = Array.from({ length: 50 }, () => Array.from({ length: 4 }, make));
    const refusals = await sendAll(senders);
    await assertStored(senders.flat(), refusals);
    assertForgot(before, await server.heap());
    assert.ok(peakMemory() < 512 * MIB, `${peakMemory()} bytes`);
  });

  it("L5: stores thousands of requests with one span each", async () => {
    const make = manySpans(1);
    const senders = Array.from({ length: 16 }, () => Array.from({ length: 150 }, make));
    const refusals = await sendAll(senders);
    await assertStored(senders.flat(), refusals);
  });

  it("L8: keeps nothing of connections that come and go", async () => {
    const comeAndGo = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        assert.equal((await post(address())).status, 200);
        assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "0");
      }
    };
    await comeAndGo(300);
    const before = { heap: await server.heap(), descriptors: descriptors() };
    await comeAndGo(600);
    assertForgot(before.heap, await server.heap());
    // The last of them may still be closing, here or there.
    const deadline = Date.now() + CLOSING_MAX_MS;
    while (descriptors() > before.descriptors && Date.now() < deadline) await wait(50);
    assert.ok(
      descriptors() <= before.descriptors,
      `${descriptors()}, before ${before.descriptors}`,
    );
  });

  it("X44: keeps nothing of thousands of different senders, services, classes and jobs", async () => {
    const each = async (count: number, name: string): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const job = { ...randomJob(), jobClass: `${name}${i}`, queue: `${name}${i}` };
        const headers = { ...PROTOBUF, "user-agent": `${name}/${i}` };
        assert.equal((await post(address(), { headers, body: attemptRequest(job) })).status, 200);
        const lost = { headers, path: `/${name}/${i}` };
        assert.equal((await post(address(), lost)).status, 400);
      }
    };
    await each(500, "a");
    const before = await server.heap();
    await each(1500, "b");
    assertForgot(before, await server.heap());
  });

  function assertForgot(before: number, after: number): void {
    assert.ok(after - before < HEAP_GROWTH_MAX, `${before} bytes before, ${after} after`);
  }
  function peakMemory(): number {
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }
  function descriptors(): number {
    return readdirSync(`/proc/${server.pid}/fd`).length;
  }
});
