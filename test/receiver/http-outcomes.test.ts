/** OTLP/HTTP over real sockets: how the outcomes of a request become answers, and what a person is told. */
import assert from "node:assert/strict";
import {
  JSON_TYPE,
  post,
  PROTOBUF,
  startTestReceiver,
  statusOf,
  type TestReceiver,
} from "./test-receiver.js";

describe("OTLP/HTTP", () => {
  let server: TestReceiver;
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());

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

  it("S62: hands on logs and metrics by their path, and mentions once that metrics are not kept", async () => {
    for (const path of ["/v1/logs", "/v1/metrics", "/v1/metrics", "/v1/traces"])
      assert.equal((await post(server, { path })).status, 200);
    assert.deepEqual(
      server.requests.map(({ signal }) => signal),
      ["logs", "metrics", "metrics", "traces"],
    );
    assert.deepEqual(
      server.notices.filter(({ kind }) => kind === "signal_not_kept"),
      [{ kind: "signal_not_kept", signal: "metrics" }],
    );
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
});
