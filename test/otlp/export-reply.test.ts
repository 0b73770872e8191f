import assert from "node:assert/strict";
import {
  MESSAGE_BYTES_MAX,
  statusJson,
  statusProtobuf,
  successJson,
  successProtobuf,
} from "../../src/otlp/export-reply.js";
import { google, opentelemetry } from "../../src/otlp/generated/otlp.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("the reply to an export", () => {
  it("is empty when everything was accepted", () => {
    assert.equal(successProtobuf({ rejected: 0, message: "" }).length, 0);
    assert.equal(successJson({ rejected: 0, message: "" }), "{}");
  });

  it("counts rejected spans in a partial success, byte for byte", () => {
    const rejection = { rejected: 1, message: "1 span rejected: trace_id is all zeroes" };
    assert.equal(
      hex(successProtobuf(rejection)),
      "0a2b0801122731207370616e2072656a65637465643a2074726163655f696420697320616c6c207a65726f6573",
    );
    assert.deepEqual(JSON.parse(successJson(rejection)), {
      partialSuccess: { rejectedSpans: "1", errorMessage: rejection.message },
    });
  });

  it("names the field of another signal in JSON", () => {
    assert.deepEqual(JSON.parse(successJson({ rejected: 2, message: "m" }, "logs")), {
      partialSuccess: { rejectedLogRecords: "2", errorMessage: "m" },
    });
  });

  it("warns with a message and no count", () => {
    const warning = { rejected: 0, message: "look" };
    const { partialSuccess } = ExportTraceServiceResponse.decode(successProtobuf(warning));
    assert.equal(partialSuccess?.errorMessage, "look");
    assert.equal(String(partialSuccess?.rejectedSpans), "0");
    assert.equal(successJson(warning), '{"partialSuccess":{"errorMessage":"look"}}');
  });

  it("tells a refused sender when to try again, byte for byte", () => {
    const status = { code: 14, message: "overloaded", retryAfterSeconds: 7 };
    assert.equal(
      hex(statusProtobuf(status)),
      "080e120a6f7665726c6f616465641a300a28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e5265747279496e666f12040a020807",
    );
    assert.deepEqual(JSON.parse(statusJson(status)), {
      code: 14,
      message: "overloaded",
      details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }],
    });
  });

  it("has no details otherwise, so that it reads as final", () => {
    const status = { code: 3, message: "no" };
    assert.equal(hex(statusProtobuf(status)), "080312026e6f");
    assert.equal(statusJson(status), '{"code":3,"message":"no"}');
  });

  it("stays small whatever it has to say, and cuts between characters", () => {
    for (const letter of ["x", "é", "€", "😀"]) {
      const message = `a${letter.repeat(5_000)}`;
      const { partialSuccess } = ExportTraceServiceResponse.decode(
        successProtobuf({ rejected: 1, message }),
      );
      const sent = partialSuccess?.errorMessage ?? "";
      assert.ok(message.startsWith(sent), letter);
      assert.ok(Buffer.byteLength(sent) <= MESSAGE_BYTES_MAX);
      assert.ok(Buffer.byteLength(sent) > MESSAGE_BYTES_MAX - 4);
      assert.equal(google.rpc.Status.decode(statusProtobuf({ code: 3, message })).message, sent);
      assert.equal(
        (JSON.parse(statusJson({ code: 3, message })) as { message: string }).message,
        sent,
      );
      assert.ok(successJson({ rejected: 1, message }).includes(`"${sent}"`));
    }
  });
});
