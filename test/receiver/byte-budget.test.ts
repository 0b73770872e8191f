/** The budget that all requests in flight share, and that both protocols ask before they read a body. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { createByteBudget } from "../../src/receiver/byte-budget.js";
import { retryAfterSeconds } from "../../src/receiver/retry-after.js";
import {
  callGrpc,
  callOn,
  F1,
  frame,
  post,
  PROTOBUF,
  startTestReceiver,
  statusOf,
  type TestOptions,
  type TestReceiver,
} from "./test-receiver.js";

const MIB = 1024 * 1024;

describe("createByteBudget()", () => {
  it("takes up to its bytes, and what is given back serves who waits, in turn", async () => {
    const budget = createByteBudget({ inFlightBytesMax: 100 });
    const [first, second, third] = [budget.reserve(), budget.reserve(), budget.reserve()];
    assert.ok(first.take(80));
    assert.ok(!second.take(30));
    const order: string[] = [];
    const waits = [
      second.wait(30).then(() => order.push("second")),
      third.wait(10).then(() => order.push("third")),
    ];
    assert.ok(!budget.reserve().take(1), "somebody waits already");
    first.release();
    await Promise.all(waits);
    assert.deepEqual(order, ["second", "third"]);
    assert.ok(budget.reserve().take(60));
  });

  it("gives up on who waits too long, and serves the next", async () => {
    const budget = createByteBudget({ inFlightBytesMax: 100, budgetWaitMs: 5 });
    const [first, second] = [budget.reserve(), budget.reserve()];
    assert.ok(first.take(95));
    assert.equal(await second.wait(50), false);
    assert.ok(second.take(5));
  });

  it("lets one request alone take more than there is", () => {
    const only = createByteBudget({ inFlightBytesMax: 100 }).reserve();
    assert.ok(only.take(1_000));
    assert.ok(only.take(1_000));
  });
});

describe("L18: senders that are refused together", () => {
  it("are told to come back at different times, of 1 to 5 s", () => {
    const told = new Set(Array.from({ length: 500 }, retryAfterSeconds));
    assert.deepEqual(told, new Set([1, 2, 3, 4, 5]));
  });
});

describe("L1: a receiver whose budget is used up", () => {
  let server: TestReceiver;
  let release = (): void => undefined;
  const start = async (options: TestOptions): Promise<void> => {
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    server = await startTestReceiver({ inFlightBytesMax: F1.length, until, ...options });
  };
  afterEach(() => server.receiver.close());
  /** One request that holds the whole budget until it is released. */
  const hold = async (): Promise<void> => {
    void post(server);
    while (server.requests.length === 0) await new Promise(setImmediate);
  };

  it("S60, S23: refuses over both protocols before the body, and says when to come back", async () => {
    await start({ budgetWaitMs: 10 });
    await hold();
    const http = await post(server);
    assert.deepEqual([http.status, statusOf(http).code], [503, 14]);
    assert.match(String(http.headers["retry-after"]), /^[1-5]$/);
    for (const body of [frame(F1), frame(Buffer.alloc(5 * MIB))]) {
      const { grpcStatus, details } = await callGrpc(server.port, body);
      assert.equal(grpcStatus, "14");
      assert.match(details?.toString("latin1") ?? "", /google\.rpc\.RetryInfo/);
    }
    assert.equal(server.requests.length, 1);
    release();
  });

  it("lets requests wait, and takes them when there is room", async () => {
    await start({ budgetWaitMs: 15_000 });
    await hold();
    const later = [post(server), callGrpc(server.port, frame(F1))] as const;
    release();
    assert.equal((await later[0]).status, 200);
    assert.equal((await later[1]).grpcStatus, "0");
  });

  for (const [protocol, send] of [
    ["HTTP", () => post(server)],
    ["gRPC", () => callGrpc(server.port, frame(F1))],
  ] as const) {
    it(`L10: over ${protocol} holds what was refused while the disk stalls until the disk is done with it`, async () => {
      await start({ budgetWaitMs: 10 });
      release();
      let free = (): void => undefined;
      const heldUntil = new Promise<void>((resolve) => {
        free = resolve;
      });
      server.outcome = { kind: "unavailable", reason: "it stalls", heldUntil };
      await send();
      server.outcome = undefined;
      assert.equal((await post(server)).status, 503);
      free();
      assert.equal((await post(server)).status, 200);
    });
  }

  it("counts a chunked body while it arrives", async () => {
    await start({ inFlightBytesMax: MIB, budgetWaitMs: 10 });
    const held = post(server);
    while (server.requests.length === 0) await new Promise(setImmediate);
    const headers = { ...PROTOBUF, "transfer-encoding": "chunked" };
    const reply = await post(server, { headers, body: Buffer.alloc(2 * MIB) });
    assert.equal(reply.status, 503);
    release();
    assert.equal((await held).status, 200);
    assert.equal((await post(server, { headers, body: Buffer.alloc(2 * MIB) })).status, 200);
  });

  it("counts what a large gzip body inflates to, over both protocols", async () => {
    await start({ inFlightBytesMax: MIB, budgetWaitMs: 10 });
    const held = post(server);
    while (server.requests.length === 0) await new Promise(setImmediate);
    const body = gzipSync(Buffer.alloc(20 * MIB));
    const headers = { ...PROTOBUF, "content-encoding": "gzip" };
    assert.equal((await post(server, { headers, body })).status, 503);
    const call = await callGrpc(server.port, frame(body, 1), { "grpc-encoding": "gzip" });
    assert.equal(call.grpcStatus, "14");
    release();
    assert.equal((await held).status, 200);
    assert.equal((await post(server, { headers, body })).status, 200);
  });

  it("gives back what calls held that were cancelled", async () => {
    await start({ inFlightBytesMax: MIB, budgetWaitMs: 15_000 });
    release();
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const half = frame(Buffer.alloc(MIB)).subarray(0, 1_000);
    for (let i = 0; i < 5; i++) {
      const stream = session.request({
        ":method": "POST",
        ":path": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        "content-type": "application/grpc",
      });
      stream.on("error", () => undefined);
      stream.write(half);
      await new Promise<void>((resolve) => session.ping(() => resolve()));
      stream.close(8);
    }
    assert.equal((await callOn(session, frame(Buffer.alloc(MIB)))).grpcStatus, "0");
    session.close();
  });
});
