/** OTLP/gRPC against the built server: what one call gets for what it sends, and what is stored. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";
import { nested, utf8 } from "../otlp/wire-bytes.js";
import { callGrpc, callOn, F1, frame } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";
import { F2, F3, MALFORMED } from "./request-samples.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;
const EMPTY = frame(Buffer.alloc(0));
const GZIP = { "grpc-encoding": "gzip" };
const MIB = 1024 * 1024;

describe("OTLP/gRPC of the built server", () => {
  const server = builtServer();
  const call = (body: Uint8Array, headers = {}, path?: string) =>
    callGrpc(server().port, body, headers, path);
  const messageOf = (body: Buffer) => {
    const { partialSuccess } = ExportTraceServiceResponse.decode(body.subarray(5));
    return [
      Number(partialSuccess?.rejectedSpans ?? 0),
      partialSuccess?.errorMessage ?? "",
    ] as const;
  };

  it("S10: answers a span with an empty message, and stores its bytes", async () => {
    const { httpStatus, contentType, grpcStatus, body } = await call(frame(F1));
    assert.deepEqual([httpStatus, grpcStatus, body.toString("hex")], [200, "0", "0000000000"]);
    assert.match(contentType, /^application\/grpc/);
    assert.deepEqual(await server().newBatches(), [F1]);
  });

  it("S11: answers an empty request likewise, and stores nothing", async () => {
    const { grpcStatus, body } = await call(EMPTY);
    assert.deepEqual([grpcStatus, body.toString("hex")], ["0", "0000000000"]);
    assert.deepEqual(await server().newBatches(), []);
  });

  it("S12: takes gzip, and a plain message on a call that could be gzip", async () => {
    assert.equal((await call(frame(gzipSync(F1), 1), GZIP)).grpcStatus, "0");
    assert.equal((await call(frame(F1), GZIP)).grpcStatus, "0");
    assert.deepEqual(await server().newBatches(), [F1, F1]);
  });

  const attacks: readonly (readonly [string, string, Buffer])[] = [
    ["no gzip at all", "gzip", Buffer.from("not gzip at all")],
    ["gzip cut short", "gzip", gzipSync(Buffer.alloc(1000, 1)).subarray(0, 12)],
    ["nothing", "gzip", Buffer.alloc(0)],
    ["gzip followed by junk", "gzip", Buffer.concat([gzipSync("hi"), Buffer.from("XXXX")])],
    ["no deflate", "deflate", Buffer.from("zzzz")],
  ];
  for (const [name, encoding, body] of attacks) {
    it(`S13: refuses a compressed frame that holds ${name}, and lives on`, async () => {
      const { grpcStatus } = await call(frame(body, 1), { "grpc-encoding": encoding });
      assert.ok(["3", "13"].includes(grpcStatus), `status ${grpcStatus}`);
      assert.equal((await call(EMPTY)).grpcStatus, "0");
      assert.equal(server().process.child.exitCode, null);
    });
  }

  for (const encoding of ["zstd", "snappy", "br"]) {
    it(`S14: names the encoding ${encoding}, and takes a message that does not use it`, async () => {
      const refused = await call(frame(F1, 1), { "grpc-encoding": encoding });
      assert.equal(refused.grpcStatus, "12");
      assert.match(refused.message, new RegExp(encoding));
      assert.equal((await call(frame(F1), { "grpc-encoding": encoding })).grpcStatus, "0");
    });
  }

  it("S15: refuses one byte over the limit by its length alone, for good", async () => {
    for (const length of [64 * MIB + 1, 0xffffffff]) {
      const head = Buffer.alloc(5);
      head.writeUInt32BE(length, 1);
      const { grpcStatus, details } = await call(head);
      assert.deepEqual([grpcStatus, details], ["8", undefined]);
    }
  });

  it("S16: refuses a bomb of 200 MiB without holding it", async () => {
    const before = server().peakMemory();
    const { grpcStatus } = await call(frame(gzipSync(Buffer.alloc(200 * MIB)), 1), GZIP);
    assert.equal(grpcStatus, "8");
    assert.ok(server().peakMemory() - before < (64 + 64) * MIB, "it took more than the limit");
  });

  for (const [name, body] of MALFORMED) {
    it(`S17: calls ${name} INVALID_ARGUMENT and says why`, async () => {
      const { grpcStatus, message } = await call(frame(body));
      assert.equal(grpcStatus, "3");
      assert.match(message, /at byte \d+$/);
    });
  }

  it("S18: takes no cut request but the empty one", async () => {
    await server().newBatches();
    const session = connectHttp2(`http://127.0.0.1:${server().port}`);
    for (let length = 1; length < F1.length; length++) {
      const { grpcStatus } = await callOn(session, frame(F1.subarray(0, length)));
      assert.equal(grpcStatus, "3", `${length} bytes`);
    }
    session.close();
    assert.deepEqual(await server().newBatches(), []);
  });

  it("S19: knows no other method, keeps logs, and counts what it does not keep of metrics", async () => {
    assert.equal((await call(EMPTY, {}, "/nobody.Knows/This")).grpcStatus, "12");
    const path = (signal: string): string =>
      `/opentelemetry.proto.collector.${signal}Service/Export`;
    await server().newBatches();
    const log = nested(1, nested(2, nested(2, nested(5, utf8(1, "start")))));
    const kept = await call(frame(log), {}, path("logs.v1.Logs"));
    assert.deepEqual([kept.grpcStatus, kept.body.length], ["0", 5]);
    assert.deepEqual(await server().newBatches(), [log]);
    const refused = await call(frame(F1), {}, path("logs.v1.Logs"));
    assert.equal(refused.grpcStatus, "3");

    const sum = nested(2, utf8(1, "jobs"), nested(7, nested(1), nested(1)));
    const metrics = await call(frame(nested(1, nested(2, sum))), {}, path("metrics.v1.Metrics"));
    const { partialSuccess } = ExportTraceServiceResponse.decode(metrics.body.subarray(5));
    assert.equal(metrics.grpcStatus, "0");
    assert.equal(Number(partialSuccess?.rejectedSpans), 2);
    assert.match(partialSuccess?.errorMessage ?? "", /^2 data points of 1 metric not kept/);
    assert.deepEqual(await server().newBatches(), []);
  });

  it("S20: refuses a call with no message, with half of one and with two", async () => {
    await server().newBatches();
    const bodies = [Buffer.alloc(0), frame(F1).subarray(0, 3), frame(F1).subarray(0, 20)];
    for (const body of [...bodies, Buffer.concat([frame(F1), frame(F1)])]) {
      const { grpcStatus } = await call(body);
      assert.ok(["12", "13"].includes(grpcStatus), `${body.length} bytes: status ${grpcStatus}`);
    }
    assert.deepEqual(await server().newBatches(), []);
  });

  it("S21: answers JSON with 415", async () => {
    assert.equal((await call(F1, { "content-type": "application/json" })).httpStatus, 415);
  });

  it("S22: refuses a timeout that is none", async () => {
    assert.equal((await call(frame(F1), { "grpc-timeout": "abc" })).grpcStatus, "13");
  });

  it("S25: counts what it rejects and stores the rest", async () => {
    const { grpcStatus, body } = await call(frame(F2));
    const [rejected, message] = messageOf(body);
    assert.deepEqual([grpcStatus, rejected], ["0", 1]);
    assert.match(message, /^1 span rejected: a trace id is 16 bytes/);
    assert.equal((await server().newBatches()).at(-1)?.equals(F2), true);
  });

  it("S27: says it in few words when many spans are rejected", async () => {
    const spans = Buffer.concat(Array.from({ length: 50_000 }, () => Buffer.of(0x12, 0)));
    const scope = Buffer.concat([Buffer.of(0x12), varint(spans.length), spans]);
    const { body } = await call(
      frame(Buffer.concat([Buffer.of(0x0a), varint(scope.length), scope])),
    );
    assert.equal(messageOf(body)[0], 50_000);
    assert.ok(body.length < 1100);
  });

  it("S29: takes 100 calls at once on one connection, each span stored once", async () => {
    await server().newBatches();
    const session = connectHttp2(`http://127.0.0.1:${server().port}`);
    const bodies = Array.from({ length: 100 }, (_, at) => {
      const body = Buffer.from(F1);
      // Its span id.
      body.writeUInt32BE(at + 1, 26);
      return body;
    });
    const replies = await Promise.all(bodies.map((body) => callOn(session, frame(body))));
    session.close();
    assert.deepEqual([...new Set(replies.map(({ grpcStatus }) => grpcStatus))], ["0"]);
    const stored = (await server().newSpans()).map(({ spanId }) =>
      Buffer.from(spanId).toString("hex"),
    );
    assert.deepEqual([stored.length, new Set(stored).size], [100, 100]);
  });

  it("S31: is SERVING to a health probe", async () => {
    const { body } = await call(EMPTY, {}, "/grpc.health.v1.Health/Check");
    assert.equal(body.toString("hex"), "00000000020801");
  });

  it("S70: rejects a trace id of 15 bytes by itself", async () => {
    const { grpcStatus, body } = await call(frame(F3));
    assert.deepEqual([grpcStatus, messageOf(body)[0]], ["0", 1]);
  });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
