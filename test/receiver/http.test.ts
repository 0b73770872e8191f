/** OTLP/HTTP over real sockets. Names begin with the number of the check in the conformance list where there is one. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { gunzipSync, gzipSync } from "node:zlib";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { google } from "../../src/otlp/generated/otlp.js";
import {
  F1,
  type HttpReply,
  JSON_TYPE,
  post,
  PROTOBUF,
  startTestReceiver,
  talk,
  type TestOptions,
  type TestReceiver,
} from "./test-receiver.js";

const GZIP = { ...PROTOBUF, "content-encoding": "gzip" };
const MIB = 1024 * 1024;

describe("OTLP/HTTP", () => {
  let server: TestReceiver;
  const restart = async (options: TestOptions): Promise<void> => {
    await server.receiver.close();
    server = await startTestReceiver(options);
  };
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());

  describe("takes", () => {
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
        acceptedSpans: 1,
        rejectedSpans: 1,
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
        const [response] = (await once(request, "response")) as [
          import("node:http").IncomingMessage,
        ];
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
  });

  describe("refuses", () => {
    afterEach(() => assert.equal(server.requests.length, 0, "nothing may reach the store"));

    for (const method of ["GET", "PUT", "PATCH", "HEAD"]) {
      it(`S51: ${method} with 405 and the method to use`, async () => {
        const { status, headers } = await post(server, { method });
        assert.deepEqual([status, headers.allow], [405, "POST"]);
      });
    }

    for (const type of [undefined, "text/plain", "application/grpc", "invalid"]) {
      it(`S52: content type ${type} with 415, naming both that are taken`, async () => {
        const reply = await post(server, {
          headers: type === undefined ? {} : { "content-type": type },
        });
        assert.equal(reply.status, 415);
        assert.match(statusOf(reply).message, /application\/x-protobuf or application\/json/);
      });
    }

    for (const encoding of ["br", "snappy", "zstd", "gzip, gzip"]) {
      it(`S54: content encoding ${encoding} with 400 and those that are taken`, async () => {
        const reply = await post(server, {
          headers: { ...PROTOBUF, "content-encoding": encoding },
        });
        assert.deepEqual([reply.status, reply.headers["accept-encoding"]], [400, "gzip, identity"]);
        assert.equal(statusOf(reply).code, 3);
      });
    }

    for (const [name, body] of [
      ["not gzip", F1],
      ["cut short", gzipSync(F1).subarray(0, 20)],
      ["empty", Buffer.alloc(0)],
      ["with a wrong checksum", Buffer.concat([gzipSync(F1).subarray(0, -8), Buffer.alloc(8)])],
    ] as const) {
      it(`S55: a gzip body that is ${name} with 400`, async () => {
        const reply = await post(server, { headers: GZIP, body });
        assert.deepEqual([reply.status, statusOf(reply).code], [400, 3]);
      });
    }

    it("S57: a declared length over the limit with 413, before the body is read", async () => {
      await restart({ requestBytesMax: 1000 });
      const answer = await talk(server.port, [
        "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
      ]);
      assert.match(answer, /^HTTP\/1\.1 413 /);
      assert.doesNotMatch(answer, /100 Continue/);
    });

    it("S57: a chunked body over the limit with 413", async () => {
      await restart({ requestBytesMax: 1000 });
      const reply = await post(server, {
        headers: { ...PROTOBUF, "transfer-encoding": "chunked" },
        body: Buffer.alloc(5000),
      });
      assert.deepEqual([reply.status, statusOf(reply).code], [413, 8]);
    });

    it("S57: a body that inflates over the limit with 413", async () => {
      await restart({ requestBytesMax: MIB });
      const reply = await post(server, { headers: GZIP, body: gzipSync(Buffer.alloc(50 * MIB)) });
      assert.deepEqual([reply.status, statusOf(reply).code], [413, 8]);
    });

    it("S57: a body over the limit so that Ruby's Net::HTTP sees the answer", async function () {
      if (spawnSync("ruby", ["--version"]).error !== undefined) this.skip();
      this.timeout(60_000);
      const script = `require "net/http"; puts Net::HTTP.new("127.0.0.1", ${server.port}).tap { |h| h.max_retries = 0 }.post("/v1/traces", "x" * (70 * 1024 * 1024), "content-type" => "application/x-protobuf").code`;
      const child = spawn("ruby", ["-e", script]);
      const out: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => out.push(chunk));
      await once(child, "close");
      assert.equal(Buffer.concat(out).toString().trim(), "413");
    });

    for (const path of [
      "/",
      "/v1/trace",
      "/v1/traces/v1/traces",
      "//v1/traces",
      "/v1/traces/",
      "/api/v2/spans",
    ]) {
      it(`S58: ${path} with a sentence that names the right path; 400 for protobuf, because Ruby prints only that`, async () => {
        const reply = await post(server, { path });
        assert.equal(reply.status, 400);
        assert.match(
          statusOf(reply).message,
          /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\/v1\/traces/,
        );
        assert.equal((await post(server, { path, headers: JSON_TYPE })).status, 404);
      });
    }

    it("S60: what does not fit into memory with 503 and when to come back", async () => {
      let release = (): void => undefined;
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      await restart({ inFlightBytesMax: F1.length, until });
      const first = post(server);
      while (server.requests.length === 0) await new Promise(setImmediate);
      const second = await post(server);
      assert.deepEqual(
        [second.status, second.headers["retry-after"], statusOf(second).code],
        [503, "1", 14],
      );
      release();
      assert.equal((await first).status, 200);
      assert.equal((await post(server)).status, 200);
      (server.requests as unknown[]).length = 0;
    });

    for (const [name, head] of [
      ["two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n"],
      ["a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
      ["a header of 20 KiB", `X-Long: ${"x".repeat(20_480)}\r\n`],
    ] as const) {
      it(`S63: a request with ${name}, and stays alive`, async () => {
        const answer = await talk(server.port, [
          `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n${head}\r\n`,
        ]);
        assert.match(answer, /^HTTP\/1\.1 4\d\d /);
        assert.equal((await post(server, { method: "GET", path: "/" })).status, 200);
      });
    }

    it("S64: a body that is cut off, and stays alive", async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(
        "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nabc",
      );
      socket.end();
      await once(socket.resume(), "close");
      assert.equal((await post(server, { method: "GET", path: "/" })).status, 200);
    });

    it("a web page's name for this machine with 403", async () => {
      const reply = await post(server, { headers: { ...PROTOBUF, host: "evil.example:4318" } });
      assert.equal(reply.status, 403);
      assert.match(statusOf(reply).message, /use 127\.0\.0\.1 or localhost/);
    });

    it("S65: a preflight without any Access-Control header", async () => {
      const { headers } = await post(server, {
        method: "OPTIONS",
        headers: { origin: "https://evil.example" },
      });
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith("access-control")),
        [],
      );
    });
  });

  it("S56: says what is wrong with a malformed body, with 400", async () => {
    server.outcome = { kind: "malformed", reason: "the bytes end inside a varint at byte 1" };
    const reply = await post(server, { body: Buffer.of(0xff) });
    assert.equal(reply.status, 400);
    assert.deepEqual(statusOf(reply), {
      code: 3,
      message: "the bytes end inside a varint at byte 1",
    });
    const json = await post(server, { headers: JSON_TYPE, body: "{" });
    assert.deepEqual(JSON.parse(json.body.toString()), {
      code: 3,
      message: "the bytes end inside a varint at byte 1",
    });
  });

  it("S60: tells a sender to come back when the store cannot write", async () => {
    server.outcome = {
      kind: "unavailable",
      reason: "cannot write spans: ENOSPC",
      retryAfterSeconds: 30,
    };
    const reply = await post(server);
    assert.deepEqual(
      [reply.status, reply.headers["retry-after"], statusOf(reply).code],
      [503, "30", 14],
    );
  });

  it("S62: takes logs and metrics without keeping them, and mentions each once", async () => {
    for (const path of ["/v1/logs", "/v1/metrics", "/v1/logs"])
      assert.equal((await post(server, { path })).status, 200);
    assert.deepEqual(server.notices, [
      { kind: "signal_not_kept", signal: "logs" },
      { kind: "signal_not_kept", signal: "metrics" },
    ]);
    assert.equal(server.requests.length, 0);
  });

  it("greets a person who looks", async () => {
    await post(server);
    const { status, body } = await post(server, { method: "GET", path: "/" });
    assert.equal(status, 200);
    assert.match(
      body.toString(),
      /^jobtrace 0\.0\.0 is listening; 1 span received\nstore \/somewhere\nexport OTEL_EXPORTER_OTLP_ENDPOINT=http:/,
    );
  });

  it("mentions a new sender once", async () => {
    for (let i = 0; i < 2; i++)
      await post(server, { headers: { ...PROTOBUF, "user-agent": "Ruby, OTel" } });
    assert.deepEqual(server.notices, [{ kind: "sender", userAgent: "Ruby, OTel" }]);
  });

  it("keeps gzip bytes that inflate to the request", async () => {
    await post(server, { headers: GZIP, body: gzipSync(F1) });
    assert.deepEqual(gunzipSync(server.requests[0]?.body ?? Buffer.alloc(0)), F1);
  });
});

function statusOf({ body, headers }: HttpReply): {
  readonly code: number;
  readonly message: string;
} {
  if (headers["content-type"] === "application/json")
    return JSON.parse(body.toString()) as { code: number; message: string };
  const { code, message } = google.rpc.Status.decode(body);
  return { code, message };
}
