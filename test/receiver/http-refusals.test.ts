/** OTLP/HTTP over real sockets: what is refused, and that none of it reaches the store. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { connect } from "node:net";
import { once } from "node:events";
import {
  F1,
  JSON_TYPE,
  post,
  PROTOBUF,
  startTestReceiver,
  statusOf,
  talk,
  type TestOptions,
  type TestReceiver,
} from "./test-receiver.js";

const GZIP = { ...PROTOBUF, "content-encoding": "gzip" };
const MIB = 1024 * 1024;

describe("OTLP/HTTP refuses", () => {
  let server: TestReceiver;
  const restart = async (options: TestOptions): Promise<void> => {
    await server.receiver.close();
    server = await startTestReceiver(options);
  };
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());
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

  for (const path of ["/", "/v1/trace", "/v1/traces/v1/traces", "//v1/traces", "/v1/traces/"]) {
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

  for (const [path, gem] of [
    ["/api/v2/spans", "zipkin"],
    ["/api/v1/spans", "zipkin"],
    ["/api/traces", "jaeger"],
  ] as const) {
    it(`${path} of an exporter of another protocol with 400 and the gem to use`, async () => {
      for (const type of ["application/json", "application/x-thrift"]) {
        const reply = await post(server, { path, headers: { "content-type": type } });
        assert.equal(reply.status, 400);
        assert.ok(
          reply.body
            .toString()
            .includes(`opentelemetry-exporter-otlp in place of opentelemetry-exporter-${gem}`),
        );
      }
    });
  }

  it("S60: what does not fit into memory with 503 and when to come back", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    await restart({ inFlightBytesMax: F1.length, budgetWaitMs: 20, until });
    const first = post(server);
    while (server.requests.length === 0) await new Promise(setImmediate);
    const second = await post(server);
    assert.deepEqual([second.status, statusOf(second).code], [503, 14]);
    assert.match(String(second.headers["retry-after"]), /^[1-5]$/);
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
