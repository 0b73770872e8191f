/** OTLP/HTTP against the built server: what is refused, with which words, and that nothing of it is stored. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import {
  F1,
  type HttpSent,
  JSON_TYPE,
  post,
  PROTOBUF,
  statusOf,
  talk,
} from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";
import { J1, MALFORMED } from "./request-samples.js";

const GZIP = { ...PROTOBUF, "content-encoding": "gzip" };
const MIB = 1024 * 1024;

describe("OTLP/HTTP of the built server refuses", () => {
  const server = builtServer();
  const send = (sent: HttpSent) => post(server(), sent);
  beforeEach(() => server().newBatches());
  afterEach(async () => {
    assert.deepEqual(await server().newBatches(), [], "nothing may be stored");
    assert.equal((await send({ method: "GET", path: "/" })).status, 200, "it must be alive");
  });

  it("S5: HTTP/2 that is none, and TLS", async () => {
    for (const bytes of [
      Buffer.from("160301020001", "hex"),
      Buffer.from("PRI * HTTP/1.1\r\n\r\n"),
    ]) {
      const socket = connect(server().port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.end(bytes);
      await once(socket.resume(), "close");
    }
  });

  for (const method of ["GET", "PUT", "PATCH", "HEAD", "OPTIONS"]) {
    it(`S51: ${method} with 405 and the method to use; S65: no permission for web pages`, async () => {
      const { status, headers } = await send({
        method,
        headers: { origin: "https://evil.example" },
      });
      assert.deepEqual([status, headers.allow], [405, "POST"]);
      assert.doesNotMatch(Object.keys(headers).join(" "), /access-control/);
    });
  }

  for (const type of ["", "text/plain", "application/grpc", "invalid"]) {
    it(`S52: content type ${JSON.stringify(type)} with 415, also when the body is OTLP`, async () => {
      const reply = await send({ headers: type === "" ? {} : { "content-type": type }, body: J1 });
      assert.equal(reply.status, 415);
      assert.match(statusOf(reply).message, /application\/x-protobuf or application\/json/);
    });
  }

  for (const body of [
    "1234",
    "[]",
    '"x"',
    "{",
    Buffer.from('{"a":"\xff"}', "latin1"),
    `\ufeff${J1}`,
  ]) {
    it(`S53: the JSON ${JSON.stringify(body.toString().slice(0, 12))} with 400`, async () => {
      const reply = await send({ headers: JSON_TYPE, body });
      assert.deepEqual([reply.status, statusOf(reply).code], [400, 3]);
    });
  }

  for (const encoding of ["br", "snappy", "zstd", "gzip, gzip"]) {
    it(`S54, S44: content encoding ${encoding} with 400 and those that are taken`, async () => {
      const reply = await send({ headers: { ...PROTOBUF, "content-encoding": encoding } });
      assert.deepEqual([reply.status, reply.headers["accept-encoding"]], [400, "gzip, identity"]);
    });
  }

  for (const [name, body] of [
    ["not gzip", F1],
    ["cut short", gzipSync(F1).subarray(0, 20)],
    ["empty", Buffer.alloc(0)],
    ["wrong in its checksum", Buffer.concat([gzipSync(F1).subarray(0, -8), Buffer.alloc(8)])],
    ["followed by garbage (S45)", Buffer.concat([gzipSync(F1), Buffer.from("XXXX")])],
    ["followed by half a member (S45)", Buffer.concat([gzipSync(F1), Buffer.of(0x1f, 0x8b)])],
  ] as const) {
    it(`S55: a gzip body that is ${name} with 400`, async () => {
      const reply = await send({ headers: GZIP, body });
      assert.deepEqual([reply.status, statusOf(reply).code], [400, 3]);
    });
  }

  for (const [name, body] of MALFORMED) {
    it(`S56: ${name} with 400 and where it stopped`, async () => {
      const reply = await send({ body });
      assert.deepEqual([reply.status, statusOf(reply).code], [400, 3]);
      assert.match(statusOf(reply).message, /at byte \d+$/);
    });
  }

  it("S57: a declared length over the limit with 413; S49: before it says to go on", async () => {
    const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${64 * MIB + 1}\r\nExpect: 100-continue\r\n\r\n`;
    const answer = await talk(server().port, [head]);
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.doesNotMatch(answer, /100 Continue/);
  });

  it("S57: a body of Ruby's Net::HTTP over the limit with a 413 that it sees", async function () {
    if (spawnSync("ruby", ["--version"]).error !== undefined) {
      console.log("        SKIPPED: there is no ruby");
      this.skip();
    }
    const script = `require "net/http"
      request = Net::HTTP::Post.new("/v1/traces", "content-type" => "application/x-protobuf")
      request.body = "x" * (65 * 1024 * 1024)
      http = Net::HTTP.new("127.0.0.1", ${server().port})
      http.max_retries = 0
      puts http.request(request).code`;
    const child = spawn("ruby", ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    assert.equal((await text(child.stdout)).trim(), "413");
  });

  it("S57, X40: a bomb of 200 MiB with 413, without holding it", async () => {
    const before = server().peakMemory();
    const reply = await send({ headers: GZIP, body: gzipSync(Buffer.alloc(200 * MIB)) });
    assert.deepEqual([reply.status, statusOf(reply).code], [413, 8]);
    assert.ok(server().peakMemory() - before < (64 + 64) * MIB, "it took more than the limit");
  });

  for (const path of ["/", "/v1/trace", "//v1/traces", "/v1/traces/"]) {
    it(`S58: ${path} and names the right one`, async () => {
      for (const headers of [PROTOBUF, JSON_TYPE])
        assert.match(statusOf(await send({ path, headers })).message, /spans go to \/v1\/traces/);
      assert.equal((await send({ path, headers: JSON_TYPE })).status, 404);
    });
  }

  for (const [name, head, expected] of [
    [
      "a header of 20 KiB",
      `Host: localhost\r\nX-Long: ${"x".repeat(20_480)}\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      "two lengths",
      "Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length and chunks",
      "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a bad chunk",
      "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no host", "Content-Length: 0\r\n", /^HTTP\/1\.1 400 /],
    ["an unknown expectation", "Host: localhost\r\nExpect: bogus\r\n", /^HTTP\/1\.1 417 /],
  ] as const) {
    it(`S63: a request with ${name}`, async () => {
      const first = "POST /v1/traces HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n";
      assert.match(await talk(server().port, [`${first}${head}\r\n`]), expected);
    });
  }

  it("S64: a body that is cut off", async () => {
    const socket = connect(server().port, "127.0.0.1");
    socket.end(
      "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nabc",
    );
    await once(socket.resume(), "close");
  });

  for (const host of [
    "evil.example:4318",
    "127.0.0.1.evil.example",
    "127.evil.example",
    "localhost.evil",
    "",
  ]) {
    it(`X21: a page that came under the name ${JSON.stringify(host)} with 403`, async () => {
      for (const [method, path] of [
        ["POST", "/v1/traces"],
        ["GET", "/"],
      ]) {
        const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n`;
        assert.match(await talk(server().port, [head]), /^HTTP\/1\.1 403 /);
      }
    });
  }
});
