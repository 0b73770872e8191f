/** What the built server stores of requests with whatever OTLP and protobuf allow is what was sent. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeRequest } from "../../src/otlp/decode.js";
import { suiteSeed } from "../fuzz/suite-seed.js";
import { callGrpc, frame, JSON_TYPE, post, PROTOBUF } from "../receiver/test-receiver.js";
import { anyRequest, tagged } from "../round-trip/any-request.js";
import { toJson } from "../round-trip/check-round-trip.js";
import { builtServer } from "./built-server.js";

const REQUESTS = 60;

describe("what the built server stores", function () {
  this.timeout(60_000);
  const server = builtServer();

  it("S83: of protobuf is what was sent, byte for byte, plain and gzipped, over HTTP and gRPC", async () => {
    for (const { plain, odd } of fc.sample(anyRequest, { numRuns: REQUESTS, seed: suiteSeed() })) {
      const bodies = [plain, odd, plain, odd].map((bytes) => tagged(bytes).bytes);
      const [first, second, third, fourth] = bodies;
      assert.ok(first && second && third && fourth);
      const gzip = { ...PROTOBUF, "content-encoding": "gzip" };
      assert.equal((await post(server(), { body: first })).status, 200);
      assert.equal((await post(server(), { headers: gzip, body: gzipSync(second) })).status, 200);
      assert.equal((await callGrpc(server().port, frame(third))).grpcStatus, "0");
      const coded = { "grpc-encoding": "gzip" };
      const call = await callGrpc(server().port, frame(gzipSync(fourth), 1), coded);
      assert.equal(call.grpcStatus, "0");
      const stored = await server().newBatches();
      assert.deepEqual(
        stored.map((bytes, at) => bytes.equals(bodies[at] ?? Buffer.alloc(0))),
        [true, true, true, true],
      );
    }
  });

  it("S83: of JSON has the same fields", async () => {
    for (const { plain } of fc.sample(anyRequest, { numRuns: REQUESTS, seed: suiteSeed() })) {
      const { bytes } = tagged(plain);
      assert.equal((await post(server(), { headers: JSON_TYPE, body: toJson(bytes) })).status, 200);
      const [stored, ...more] = await server().newBatches();
      assert.ok(stored !== undefined && more.length === 0);
      assert.deepEqual(decodeRequest(stored), decodeRequest(bytes));
    }
  });
});
