/** The built server while all the memory for requests in flight is taken by others. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { google } from "../../src/otlp/generated/otlp.js";
import { IN_FLIGHT_BYTES_MAX, REQUEST_BYTES_MAX } from "../../src/receiver/limits.js";
import { callGrpc, F1, frame, post, statusOf } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";

describe("the built server without room for another request", function () {
  this.timeout(30_000);
  const server = builtServer();
  let holders: readonly Socket[] = [];
  beforeEach(async () => {
    holders = Array.from({ length: IN_FLIGHT_BYTES_MAX / REQUEST_BYTES_MAX }, () => {
      const socket = connect(server().port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nExpect: 100-continue\r\nContent-Length: ${REQUEST_BYTES_MAX}\r\n\r\n`,
      );
      return socket;
    });
    // The go-ahead comes when its bytes are reserved.
    await Promise.all(holders.map((socket) => once(socket, "data")));
  });
  afterEach(() => {
    for (const socket of holders) socket.destroy();
  });

  it("S23, S60: refuses for now, over both protocols, and says when to come back", async () => {
    const before = server().peakMemory();
    const [reply, call] = await Promise.all([post(server()), callGrpc(server().port, frame(F1))]);
    assert.deepEqual([reply.status, statusOf(reply).code], [503, 14]);
    assert.match(String(reply.headers["retry-after"]), /^[1-5]$/);
    assert.equal(call.grpcStatus, "14");
    const { code, details } = google.rpc.Status.decode(call.details ?? Buffer.alloc(0));
    assert.deepEqual(
      [code, details[0]?.type_url],
      [14, "type.googleapis.com/google.rpc.RetryInfo"],
    );
    assert.deepEqual(await server().newBatches(), []);
    // Reserved is not used: nobody sent those bodies.
    assert.ok(server().peakMemory() - before < 32 * 1024 * 1024);
  });

  it("S23: takes who waits as soon as another goes away", async () => {
    const both = [post(server()), callGrpc(server().port, frame(F1))] as const;
    holders[0]?.destroy();
    const [reply, call] = await Promise.all(both);
    assert.deepEqual([reply.status, call.grpcStatus], [200, "0"]);
    assert.deepEqual(await server().newBatches(), [F1, F1]);
  });
});
