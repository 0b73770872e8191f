/** The built server, when it asks for a token. */
import assert from "node:assert/strict";
import { callGrpc, F1, frame, post, PROTOBUF, statusOf, talk } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";

const GOOD = "Bearer sesame";
const BAD: readonly (readonly [string, string])[] = [
  ["no scheme", "sesame"],
  ["no token", "Bearer"],
  ["two spaces", "Bearer  sesame"],
  ["another token", "Bearer sesam"],
  ["a token and more", "Bearer sesame,old"],
  ["Basic", `Basic ${Buffer.from("u:sesame").toString("base64")}`],
  ["Basic that is no base64", "Basic ===="],
];
const EMPTY = frame(Buffer.alloc(0));

describe("the built server with JOBTRACE_TOKEN", () => {
  before(() => {
    process.env["JOBTRACE_TOKEN"] = "sesame, old";
  });
  const server = builtServer();
  after(() => {
    delete process.env["JOBTRACE_TOKEN"];
  });
  const send = (authorization?: string, headers = {}) =>
    post(server(), {
      headers: {
        ...PROTOBUF,
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
    });

  it("S28, S59: refuses spans without a token, says what to set, and stores nothing", async () => {
    const reply = await send();
    assert.deepEqual([reply.status, reply.headers["www-authenticate"]], [401, "Bearer"]);
    assert.equal(statusOf(reply).code, 16);
    assert.match(statusOf(reply).message, /OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20/);
    const { grpcStatus, message } = await callGrpc(server().port, frame(F1));
    assert.equal(grpcStatus, "16");
    assert.match(message, /OTEL_EXPORTER_OTLP_HEADERS=/);
    assert.deepEqual(await server().newBatches(), []);
  });

  for (const [name, authorization] of BAD) {
    it(`S28, S59: refuses ${name}`, async () => {
      assert.equal((await send(authorization)).status, 401);
      assert.equal((await callGrpc(server().port, frame(F1), { authorization })).grpcStatus, "16");
      assert.deepEqual(await server().newBatches(), []);
    });
  }

  it("takes each of its tokens, whatever the case of the scheme", async () => {
    for (const authorization of [GOOD, "bearer sesame", "BEARER old"]) {
      assert.equal((await send(authorization)).status, 200);
      assert.equal((await callGrpc(server().port, frame(F1), { authorization })).grpcStatus, "0");
    }
    assert.equal((await server().newBatches()).length, 6);
  });

  it("refuses a request that has two", async () => {
    const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${GOOD}\r\nAuthorization: Bearer x\r\nContent-Length: 0\r\nContent-Type: application/x-protobuf\r\n\r\n`;
    assert.match(await talk(server().port, [head]), /^HTTP\/1\.1 401 /);
  });

  it("X7: answers before a body is sent, and before one is inflated, on every path", async () => {
    const head = (path: string, more: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n${more}\r\n\r\n`;
    for (const path of ["/v1/traces", "/v1/logs", "/v1/metrics", "/jobs/0", "/nowhere"]) {
      const unsent = head(path, "Content-Length: 1000000\r\nExpect: 100-continue");
      assert.match(await talk(server().port, [unsent]), /^HTTP\/1\.1 401 /, path);
      // Too large, and no gzip: neither is looked at.
      const odd = head(path, "Content-Length: 99999999999\r\nContent-Encoding: gzip");
      assert.match(await talk(server().port, [odd]), /^HTTP\/1\.1 401 /, path);
    }
    for (const signal of ["trace.v1.Trace", "logs.v1.Logs", "metrics.v1.Metrics"]) {
      const path = `/opentelemetry.proto.collector.${signal}Service/Export`;
      // Half a message: a server that waited for the rest would never answer.
      const { grpcStatus } = await callGrpc(server().port, frame(F1).subarray(0, 9), {}, path);
      assert.equal(grpcStatus, "16", signal);
    }
    assert.equal((await post(server(), { method: "GET", path: "/jobs/0" })).status, 401);
  });

  it("X7: lets probes in, and tells them nothing", async () => {
    const { status, body } = await post(server(), { method: "GET", path: "/" });
    assert.equal(status, 200);
    assert.match(body.toString(), /^jobtrace \S+ is listening\n$/);
    const health = await callGrpc(server().port, EMPTY, {}, "/grpc.health.v1.Health/Check");
    assert.equal(health.body.toString("hex"), "00000000020801");
  });
});
