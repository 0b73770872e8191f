/** OTLP/gRPC over real sockets: a raw HTTP/2 client for what no library would send, and grpc-js for the rest. */
import assert from "node:assert/strict";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { google } from "../../src/otlp/generated/otlp.js";
import {
  callGrpc,
  callOn,
  F1,
  frame,
  startTestReceiver,
  type TestOptions,
  type TestReceiver,
  TRACE_EXPORT,
} from "./test-receiver.js";

const EMPTY = frame(new Uint8Array(0));
const GZIP = { "grpc-encoding": "gzip" };

describe("OTLP/gRPC", () => {
  let server: TestReceiver;
  const restart = async (options: TestOptions): Promise<void> => {
    await server.receiver.close();
    server = await startTestReceiver(options);
  };
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());

  it("S10: takes a request and answers with an empty message", async () => {
    const reply = await callGrpc(server.port, frame(F1));
    assert.deepEqual(
      [reply.httpStatus, reply.grpcStatus, reply.body.toString("hex")],
      [200, "0", "0000000000"],
    );
    assert.match(reply.contentType, /^application\/grpc/);
    assert.deepEqual(server.requests[0]?.raw, F1);
  });

  it("S11: takes an empty request", async () => {
    assert.equal((await callGrpc(server.port, EMPTY)).grpcStatus, "0");
  });

  it("S12: takes gzip, and a plain message on a call that could be gzip", async () => {
    assert.equal((await callGrpc(server.port, frame(gzipSync(F1), 1), GZIP)).grpcStatus, "0");
    assert.equal((await callGrpc(server.port, frame(F1), GZIP)).grpcStatus, "0");
    assert.deepEqual(
      server.requests.map(({ raw }) => raw),
      [F1, F1],
    );
  });

  describe("S13: survives a compressed frame that is", () => {
    const attacks: readonly (readonly [string, string, Buffer])[] = [
      ["no gzip at all", "gzip", Buffer.from("not gzip at all")],
      ["cut short", "gzip", gzipSync(Buffer.alloc(1000, 1)).subarray(0, 12)],
      ["empty", "gzip", Buffer.alloc(0)],
      ["followed by junk", "gzip", Buffer.concat([gzipSync("hi"), Buffer.from("XXXX")])],
      ["no deflate", "deflate", Buffer.from("zzzz")],
    ];
    for (const [name, encoding, body] of attacks) {
      it(name, async () => {
        const reply = await callGrpc(server.port, frame(body, 1), { "grpc-encoding": encoding });
        assert.ok(["3", "13", "0"].includes(reply.grpcStatus), `status ${reply.grpcStatus}`);
        assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "0");
      });
    }
  });

  for (const encoding of ["zstd", "snappy", "br"]) {
    it(`S14: names the encoding ${encoding} that it does not have`, async () => {
      const reply = await callGrpc(server.port, frame(F1, 1), { "grpc-encoding": encoding });
      assert.equal(reply.grpcStatus, "12");
      assert.match(reply.message, new RegExp(encoding));
    });
  }

  it("S15: takes a message of the limit and refuses one byte more, for good", async () => {
    await restart({ requestBytesMax: 1000 });
    assert.equal((await callGrpc(server.port, frame(Buffer.alloc(1000)))).grpcStatus, "0");
    const reply = await callGrpc(server.port, frame(Buffer.alloc(1001)));
    assert.deepEqual([reply.grpcStatus, reply.details], ["8", undefined]);
  });

  it("S16: refuses a message that inflates over the limit", async () => {
    await restart({ requestBytesMax: 1024 * 1024 });
    const reply = await callGrpc(
      server.port,
      frame(gzipSync(Buffer.alloc(50 * 1024 * 1024)), 1),
      GZIP,
    );
    assert.equal(reply.grpcStatus, "8");
  });

  it("S17: says what is wrong with a malformed message, as INVALID_ARGUMENT", async () => {
    server.outcome = { kind: "malformed", reason: "no field has the tag 0 at byte 1" };
    const reply = await callGrpc(server.port, frame(Buffer.of(0, 0)));
    assert.deepEqual([reply.grpcStatus, reply.message], ["3", "no field has the tag 0 at byte 1"]);
  });

  it("S19: does not know other methods; hands on logs and metrics by their name", async () => {
    assert.equal((await callGrpc(server.port, EMPTY, {}, "/nobody.Knows/This")).grpcStatus, "12");
    for (const service of ["trace.v1.Trace", "logs.v1.Logs", "metrics.v1.Metrics"]) {
      const path = `/opentelemetry.proto.collector.${service}Service/Export`;
      assert.equal((await callGrpc(server.port, EMPTY, {}, path)).grpcStatus, "0");
    }
    assert.deepEqual(
      server.requests.map(({ signal }) => signal),
      ["traces", "logs", "metrics"],
    );
  });

  it("S20: survives a call without a message, a cut one, and one with two", async () => {
    for (const body of [
      Buffer.alloc(0),
      frame(F1).subarray(0, 20),
      Buffer.concat([frame(F1), frame(F1)]),
    ]) {
      const reply = await callGrpc(server.port, body);
      assert.ok(["12", "13"].includes(reply.grpcStatus), `status ${reply.grpcStatus}`);
    }
    assert.equal((await callGrpc(server.port, frame(F1))).grpcStatus, "0");
  });

  it("S21: answers another content type with 415", async () => {
    assert.equal(
      (await callGrpc(server.port, F1, { "content-type": "application/json" })).httpStatus,
      415,
    );
  });

  it("S23: tells a refused sender when to come back", async () => {
    server.outcome = { kind: "unavailable", reason: "overloaded", retryAfterSeconds: 7 };
    const reply = await callGrpc(server.port, frame(F1));
    assert.deepEqual([reply.grpcStatus, reply.message], ["14", "overloaded"]);
    assert.equal(
      reply.details?.toString("hex"),
      "080e120a6f7665726c6f616465641a300a28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e5265747279496e666f12040a020807",
    );
  });

  it("S25: passes on what was rejected", async () => {
    server.outcome = {
      kind: "accepted",
      acceptedCount: 1,
      rejectedCount: 1,
      message: "1 span rejected: trace_id is all zeroes",
    };
    const reply = await callGrpc(server.port, frame(F1));
    assert.equal(reply.grpcStatus, "0");
    assert.equal(
      reply.body.subarray(5).toString("hex"),
      "0a2b0801122731207370616e2072656a65637465643a2074726163655f696420697320616c6c207a65726f6573",
    );
  });

  it("S29: takes 100 calls at once on one connection", async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => callOn(session, frame(F1))),
    );
    session.close();
    assert.deepEqual(new Set(replies.map(({ grpcStatus }) => grpcStatus)), new Set(["0"]));
    assert.equal(server.requests.length, 100);
  });

  it("S30: finishes the calls under way when it stops", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    await restart({ until });
    const call = callGrpc(server.port, frame(F1));
    while (server.requests.length === 0) await new Promise(setImmediate);
    const closed = server.receiver.close();
    release();
    assert.equal((await call).grpcStatus, "0");
    await closed;
    server = await startTestReceiver();
  });

  it("S31: is SERVING to a health probe", async () => {
    const reply = await callGrpc(server.port, EMPTY, {}, "/grpc.health.v1.Health/Check");
    assert.equal(reply.body.toString("hex"), "00000000020801");
  });

  it("works with grpc-js, errors and their details included", async () => {
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const same = (bytes: Buffer): Buffer => bytes;
    const call = (): Promise<ServiceError | null> =>
      new Promise((resolve) => {
        client.makeUnaryRequest(TRACE_EXPORT, same, same, F1, new Metadata(), (error) =>
          resolve(error),
        );
      });
    assert.equal(await call(), null);
    server.outcome = { kind: "unavailable", reason: "overloaded", retryAfterSeconds: 7 };
    const error = await call();
    client.close();
    assert.equal(error?.code, 14);
    const [details] = error.metadata.get("grpc-status-details-bin");
    assert.equal(google.rpc.Status.decode(details as Buffer).message, "overloaded");
  });
});
