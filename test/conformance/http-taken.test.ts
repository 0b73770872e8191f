/** OTLP/HTTP against the built server: what is taken, and what of it is stored. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";
import { decodeLogsRequest } from "../../src/otlp/decode.js";
import { F1, type HttpSent, JSON_TYPE, post, PROTOBUF, talk } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";
import { F2, F3, J1, jsonOf } from "./request-samples.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;
const run = promisify(execFile);
const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

describe("OTLP/HTTP of the built server takes", () => {
  const server = builtServer("--listen=localhost:0");
  const send = (sent: HttpSent) => post(server(), sent);
  beforeEach(() => server().newBatches());

  for (const family of ["-4", "-6"]) {
    it(`S2: what curl ${family} sends to localhost`, async function () {
      if (family === "-6" && !HAS_IPV6) {
        console.log("        SKIPPED: this machine has no IPv6 loopback address");
        this.skip();
      }
      const url = `http://localhost:${server().port}/v1/traces`;
      const type = "content-type: application/json";
      const { stdout } = await run("curl", [family, "-s", "-g", "-H", type, "-d", J1, url]);
      assert.equal(stdout, "{}");
      assert.equal((await server().newSpans()).length, 1);
    });
  }

  it("S6: both formats over HTTP, S40: protobuf with 200 and an empty protobuf", async () => {
    const { status, headers, body } = await send({ body: F1 });
    const type = headers["content-type"];
    assert.deepEqual([status, type, body.length], [200, "application/x-protobuf", 0]);
    assert.equal(headers["content-length"], "0");
    assert.deepEqual(await server().newBatches(), [F1]);
  });

  it("S41: JSON with 200 and {}", async () => {
    const { status, headers, body } = await send({ headers: JSON_TYPE, body: J1 });
    const type = headers["content-type"];
    assert.deepEqual([status, type, body.toString()], [200, "application/json", "{}"]);
    assert.deepEqual(await server().newBatches(), [F1]);
  });

  for (const type of ["application/json; charset=utf-8", "APPLICATION/JSON"]) {
    it(`S42: ${type}, and names the bare type`, async () => {
      const { status, headers } = await send({ headers: { "content-type": type }, body: J1 });
      assert.deepEqual([status, headers["content-type"]], [200, "application/json"]);
    });
  }

  for (const encoding of ["gzip", "GZIP", " gzip ", "x-gzip", "identity"]) {
    it(`S43: content encoding ${JSON.stringify(encoding)} of either format`, async () => {
      const isGzip = encoding !== "identity";
      for (const [type, body] of [
        [PROTOBUF, F1],
        [JSON_TYPE, J1],
      ] as const) {
        const headers = { ...type, "content-encoding": encoding };
        assert.equal((await send({ headers, body: isGzip ? gzipSync(body) : body })).status, 200);
      }
      assert.deepEqual(await server().newBatches(), [F1, F1]);
    });
  }

  it("S45: a chunked body, gzip of several members, and gzip padded with zeros", async () => {
    const gzip = { ...PROTOBUF, "content-encoding": "gzip" };
    const chunked = { "transfer-encoding": "chunked" };
    const members = Buffer.concat([gzipSync(F1), gzipSync(F1)]);
    const padded = Buffer.concat([gzipSync(F1), Buffer.alloc(20)]);
    for (const sent of [
      { headers: { ...PROTOBUF, ...chunked }, body: F1 },
      { headers: { ...gzip, ...chunked }, body: members },
      { headers: gzip, body: padded },
    ])
      assert.equal((await send(sent)).status, 200);
    assert.equal((await server().newSpans()).length, 4);
  });

  it("S46: requests without spans, which leave nothing behind", async () => {
    assert.equal((await send({ body: "" })).status, 200);
    for (const body of ["{}", '{"resourceSpans":[]}', '{"resourceSpans":[{"scopeSpans":[{}]}]}'])
      assert.equal((await send({ headers: JSON_TYPE, body })).status, 200);
    assert.equal((await send({ headers: JSON_TYPE, body: "" })).status, 400);
    assert.deepEqual(await server().newBatches(), []);
  });

  it("S47: a sender that could read gzip, and answers it plainly", async () => {
    const { headers } = await send({ headers: { ...PROTOBUF, "accept-encoding": "gzip" } });
    assert.equal(headers["content-encoding"], undefined);
  });

  it("S48: what is valid of a request, and counts the rest in either format", async () => {
    const protobuf = await send({ body: F2 });
    const { partialSuccess } = ExportTraceServiceResponse.decode(protobuf.body);
    assert.deepEqual([protobuf.status, Number(partialSuccess?.rejectedSpans)], [200, 1]);
    const json = await send({ headers: JSON_TYPE, body: jsonOf({ traceId: "00".repeat(16) }) });
    const answer = JSON.parse(json.body.toString()) as {
      readonly partialSuccess: { readonly rejectedSpans: string; readonly errorMessage: string };
    };
    assert.equal(answer.partialSuccess.rejectedSpans, "1");
    assert.match(answer.partialSuccess.errorMessage, /^1 span rejected/);
    assert.equal((await send({ body: F3 })).status, 200);
  });

  it("S49: a client that asks before it sends", async () => {
    const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${F1.length}\r\nExpect: 100-continue\r\n\r\n`;
    assert.match(await talk(server().port, [head, F1]), /^HTTP\/1\.1 100 Continue\r\n/);
  });

  it("S50: pipelined requests, and answers them in order", async () => {
    const one = (body: string): string =>
      `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const last = "GET /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const answer = await talk(server().port, [one(J1) + one("[") + last], "Connection: close");
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ["200", "400", "405"]);
  });

  it("S62: logs, and metrics without keeping them; profiles it does not know", async () => {
    await server().newBatches();
    const log = { severityNumber: 9, body: { stringValue: "start" } };
    const logs = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] });
    const kept = await send({ path: "/v1/logs", headers: JSON_TYPE, body: logs });
    assert.deepEqual([kept.status, kept.body.toString()], [200, "{}"]);
    const [stored] = await server().newBatches();
    const records = decodeLogsRequest(stored ?? Buffer.alloc(0)).resourceLogs[0]?.scopeLogs?.[0];
    assert.equal(records?.logRecords?.[0]?.body?.stringValue, "start");

    const metrics = [
      { name: "a", gauge: { dataPoints: [{ asInt: 1 }, { asInt: 2 }] } },
      { name: "b", histogram: { dataPoints: [{ count: 1 }] } },
    ];
    const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const taken = await send({ path: "/v1/metrics", headers: JSON_TYPE, body });
    assert.equal(taken.status, 200);
    assert.deepEqual(JSON.parse(taken.body.toString()), {
      partialSuccess: {
        rejectedDataPoints: "3",
        errorMessage:
          "3 data points of 2 metrics not kept: jobtrace keeps traces and logs, not metrics",
      },
    });
    assert.deepEqual(await server().newBatches(), []);
    assert.equal((await send({ path: "/v1/metrics", headers: JSON_TYPE, body: "[" })).status, 400);
    assert.equal((await send({ path: "/v1development/profiles", headers: JSON_TYPE })).status, 404);
  });

  it("S84: the same span twice, and keeps both", async () => {
    await send({ body: F1 });
    await send({ body: F1 });
    assert.equal((await server().newSpans()).length, 2);
  });
});
