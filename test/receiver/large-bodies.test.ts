/** Large bodies must not hold up the others: the event loop stays free while they are converted and inflated. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { decodeRequest } from "../../src/otlp/decode.js";
import {
  type HttpReply,
  JSON_TYPE,
  post,
  PROTOBUF,
  startTestReceiver,
  statusOf,
  type TestReceiver,
} from "./test-receiver.js";

const MIB = 1024 * 1024;
const SPAN = JSON.stringify({
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  name: "a span in a large request",
  startTimeUnixNano: "1544712660000000001",
  endTimeUnixNano: "1544712661000000002",
});

describe("L6: while a large body is worked on, others are answered:", () => {
  let server: TestReceiver;
  beforeEach(async () => {
    server = await startTestReceiver();
  });
  afterEach(() => server.receiver.close());

  /** How often somebody else was answered before `large` was. */
  const answeredMeanwhile = async (large: Promise<HttpReply>): Promise<number> => {
    let isOver = false;
    const over = large.then(() => {
      isOver = true;
    });
    let count = 0;
    for (; !isOver; count++) await post(server, { method: "GET", path: "/" });
    await over;
    return count;
  };

  it("8 MiB of JSON", async () => {
    const spans = `${SPAN},`.repeat(Math.floor((8 * MIB) / SPAN.length));
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}${SPAN}]}]}]}`;
    const large = post(server, { headers: JSON_TYPE, body });
    // On the event loop there would be none between the last byte and the answer.
    assert.ok((await answeredMeanwhile(large)) > 50);
    assert.equal((await large).status, 200);
    const [request] = server.requests;
    assert.deepEqual([request?.format, request?.codec], ["protobuf", "identity"]);
    const [resource] = decodeRequest(request?.raw ?? Buffer.alloc(0)).resourceSpans;
    const count = resource?.scopeSpans?.[0]?.spans?.length ?? 0;
    assert.equal(count, Math.floor((8 * MIB) / SPAN.length) + 1);
  });

  it("a gzip bomb, also one that claims to be small", async () => {
    const bomb = gzipSync(Buffer.alloc(120 * MIB));
    assert.ok(bomb.length < 128 * 1024);
    const liar = Buffer.from(bomb);
    liar.writeUInt32LE(1_000, liar.length - 4);
    for (const body of [bomb, liar]) {
      const headers = { ...PROTOBUF, "content-encoding": "gzip" };
      const large = post(server, { headers, body });
      assert.ok((await answeredMeanwhile(large)) > 5);
      assert.equal((await large).status, 413);
    }
  });

  it("and large JSON that makes no sense, or wants a warning, is answered as small JSON is", async () => {
    const spaces = " ".repeat(2 * MIB);
    const malformed = await post(server, { headers: JSON_TYPE, body: `${spaces}{"a"` });
    assert.deepEqual([malformed.status, statusOf(malformed).code], [400, 3]);
    const warned = await post(server, {
      headers: JSON_TYPE,
      body: `${spaces}{"resource_spans":[]}`,
    });
    assert.match(warned.body.toString(), /did you mean resourceSpans/);
  });
});

describe("S57: a body over the limit is refused so that Ruby's Net::HTTP sees it", function () {
  this.timeout(60_000);
  let server: TestReceiver;
  before(function () {
    if (spawnSync("ruby", ["--version"]).error !== undefined) {
      console.log("        SKIPPED: there is no ruby");
      this.skip();
    }
  });
  beforeEach(async () => {
    server = await startTestReceiver({ requestBytesMax: MIB });
  });
  afterEach(() => server.receiver.close());

  const LARGE = "body = Random.bytes(20 * 1024 * 1024)";
  const cases: Readonly<Record<string, string>> = {
    gzip: `require "zlib"; ${LARGE}; request.body = Zlib.gzip(body); request["content-encoding"] = "gzip"`,
    "gzip that inflates over it": `require "zlib"; request.body = Zlib.gzip("x" * (50 * 1024 * 1024)); request["content-encoding"] = "gzip"`,
    chunked: `${LARGE}; require "stringio"; request.body_stream = StringIO.new(body); request["transfer-encoding"] = "chunked"`,
  };
  for (const [name, fill] of Object.entries(cases)) {
    it(name, async () => {
      const script = `require "net/http"
        request = Net::HTTP::Post.new("/v1/traces", "content-type" => "application/x-protobuf")
        ${fill}
        http = Net::HTTP.new("127.0.0.1", ${server.port})
        http.max_retries = 0
        puts http.request(request).code`;
      const child = spawn("ruby", ["-e", script]);
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => {
          said += chunk.toString();
        });
      await once(child, "close");
      assert.equal(said.trim(), "413");
      assert.equal(server.requests.length, 0);
    });
  }
});
