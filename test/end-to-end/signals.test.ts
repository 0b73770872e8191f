/** `serve` told in each protocol of metrics, which it does not keep, and of logs, which it does: answers, and what it prints. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { opentelemetry } from "../../src/otlp/generated/otlp.js";
import { nested, utf8 } from "../otlp/wire-bytes.js";
import { temporaryFolder } from "../temporary-folder.js";
import { grpcSender } from "./kill/senders.js";
import { CHARGE, chargeLogs } from "./log-lines.js";
import { jobtrace, startServe, type ServeProcess } from "./serve-process.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;

/** One sum with two data points. */
const METRICS = nested(1, nested(2, nested(2, utf8(1, "jobs"), nested(7, nested(1), nested(1)))));

describe("what serve does with signals other than spans", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let serve: ServeProcess;
  beforeEach(async () => {
    serve = await startServe(`${folder()}/store`);
  });
  afterEach(() => serve.kill("SIGTERM"));

  async function post(
    path: string,
    type: string,
    body: string | Buffer,
  ): Promise<{ readonly status: number; readonly answer: Buffer }> {
    const headers = {
      "content-type": type,
      ...(typeof body === "string" ? {} : { "content-encoding": "gzip" }),
    };
    const sent = typeof body === "string" ? body : gzipSync(body);
    const response = await fetch(serve.endpoint + path, { method: "POST", headers, body: sent });
    return { status: response.status, answer: Buffer.from(await response.arrayBuffer()) };
  }

  it("answers metrics with 200 and how many data points it did not keep, and mentions it once", async () => {
    for (let time = 0; time < 3; time++) {
      const { status, answer } = await post("/v1/metrics", "application/x-protobuf", METRICS);
      // The responses of all signals have the same fields under other names.
      const { partialSuccess } = ExportTraceServiceResponse.decode(answer);
      assert.deepEqual([status, Number(partialSuccess?.rejectedSpans)], [200, 2]);
      assert.match(partialSuccess?.errorMessage ?? "", /^2 data points of 1 metric not kept/);
    }
    const metrics = [{ name: "jobs", sum: { dataPoints: [{ asInt: "1" }] } }];
    const json = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const { status, answer } = await post("/v1/metrics", "application/json", json);
    assert.equal(status, 200);
    assert.match(answer.toString(), /"rejectedDataPoints":"1"/);
    await serve.kill("SIGTERM");
    const told = serve.lines.filter((line) => line.includes("metrics are received and not kept"));
    assert.equal(told.length, 1, serve.lines.join("\n"));
  });

  it("keeps logs that come while it runs, and shows them at once", async () => {
    const { status, answer } = await post("/v1/logs", "application/json", chargeLogs());
    assert.deepEqual([status, answer.toString()], [200, "{}"]);
    const sender = grpcSender(serve.endpoint);
    const line = nested(1, nested(2, nested(2, nested(5, utf8(1, `jid=${CHARGE} INFO: by gRPC`)))));
    assert.equal(await sender.send(line, "logs"), true);
    sender.close();
    const { code, stdout } = await jobtrace(["logs", CHARGE, `--store=${folder()}/store`]);
    assert.equal(code, 0);
    assert.match(stdout, /INFO: start$/m);
    // It has no time, so that it comes last.
    assert.match(stdout, /\[\?\] .*by gRPC\n$/);
  });
});
