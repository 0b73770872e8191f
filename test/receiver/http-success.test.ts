/** OTLP/HTTP over real sockets: what is taken. Names begin with the number of the check in the conformance list where there is one. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { gunzipSync, gzipSync } from "node:zlib";
import { Agent, request as httpRequest } from "node:http";
import { once } from "node:events";
import {
  F1,
  JSON_TYPE,
  post,
  PROTOBUF,
  startTestReceiver,
  talk,
  type TestReceiver,
} from "./test-receiver.js";

const GZIP = { ...PROTOBUF, "content-encoding": "gzip" };

describe("OTLP/HTTP takes", () => {
  let server: TestReceiver;
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());

  it("S40: protobuf, with 200 and an empty protobuf", async () => {
    const { status, headers, body } = await post(server);
    assert.deepEqual(
      [status, headers["content-type"], headers["content-length"], body.length],
      [200, "application/x-protobuf", "0", 0],
    );
    assert.deepEqual(server.requests[0]?.raw, F1);
  });

  it("S41: JSON, with 200 and {}", async () => {
    const { status, headers, body } = await post(server, {
      headers: JSON_TYPE,
      body: '{"resourceSpans":[]}',
    });
    assert.deepEqual(
      [status, headers["content-type"], body.toString()],
      [200, "application/json", "{}"],
    );
    assert.equal(server.requests[0]?.format, "json");
  });

  for (const type of [
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/x-protobuf; foo=bar",
  ]) {
    it(`S42: ${type}`, async () => {
      const { status, headers } = await post(server, { headers: { "content-type": type } });
      assert.equal(status, 200);
      assert.equal(headers["content-type"], type.split(";")[0]?.toLowerCase());
    });
  }

  for (const encoding of ["gzip", "GZIP", " gzip ", "x-gzip"]) {
    it(`S43: content-encoding ${JSON.stringify(encoding)}, and keeps the bytes as they came`, async () => {
      const body = gzipSync(F1);
      const { status } = await post(server, {
        headers: { ...PROTOBUF, "content-encoding": encoding },
        body,
      });
      assert.equal(status, 200);
      const [request] = server.requests;
      assert.deepEqual([request?.codec, request?.raw, request?.body], ["gzip", F1, body]);
    });
  }

  it("S43: content-encoding identity", async () => {
    assert.equal(
      (await post(server, { headers: { ...PROTOBUF, "content-encoding": "identity" } })).status,
      200,
    );
  });

  it("S45: a chunked body, and gzip of several members", async () => {
    const body = Buffer.concat([gzipSync(F1), gzipSync(F1)]);
    const { status } = await post(server, {
      headers: { ...GZIP, "transfer-encoding": "chunked" },
      body,
    });
    assert.equal(status, 200);
    assert.deepEqual(server.requests[0]?.raw, Buffer.concat([F1, F1]));
  });

  it("S48: passes on what was rejected", async () => {
    server.outcome = {
      kind: "accepted",
      acceptedCount: 1,
      rejectedCount: 1,
      message: "1 span rejected: trace_id is all zeroes",
    };
    const protobuf = await post(server);
    assert.equal(
      protobuf.body.toString("hex"),
      "0a2b0801122731207370616e2072656a65637465643a2074726163655f696420697320616c6c207a65726f6573",
    );
    const json = await post(server, { headers: JSON_TYPE });
    assert.deepEqual(JSON.parse(json.body.toString()), {
      partialSuccess: {
        rejectedSpans: "1",
        errorMessage: "1 span rejected: trace_id is all zeroes",
      },
    });
  });

  it("S49: a client that asks before it sends", async () => {
    const answer = await talk(server.port, [
      `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${F1.length}\r\nExpect: 100-continue\r\n\r\n`,
      F1,
    ]);
    assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n/);
    assert.equal(server.requests.length, 1);
  });

  it("S50: several requests on one connection, and keeps it open beyond 65 s", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      const request = httpRequest({
        host: server.host,
        port: server.port,
        method: "POST",
        path: "/v1/traces",
        headers: PROTOBUF,
        agent,
      });
      request.end(F1);
      const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
      ports.add(request.socket?.localPort);
      assert.ok(Number(/timeout=(\d+)/.exec(String(response.headers["keep-alive"]))?.[1]) > 65);
      response.resume();
      await once(response, "end");
    }
    agent.destroy();
    assert.equal(ports.size, 1);
  });

  it("the Expect-free default of curl", function () {
    if (spawnSync("curl", ["--version"]).error !== undefined) this.skip();
    const child = spawn("curl", [
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-H",
      "content-type: application/x-protobuf",
      "--data-binary",
      "@-",
      `http://127.0.0.1:${server.port}/v1/traces`,
    ]);
    child.stdin.end(F1);
    const out: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    return once(child, "close").then(() => assert.equal(Buffer.concat(out).toString(), "200"));
  });

  it("keeps gzip bytes that inflate to the request", async () => {
    await post(server, { headers: GZIP, body: gzipSync(F1) });
    assert.deepEqual(gunzipSync(server.requests[0]?.body ?? Buffer.alloc(0)), F1);
  });
});
