import assert from "node:assert/strict";
import fc from "fast-check";
import { otlpToJson } from "../../src/otlp/json-text.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import type { Signal } from "../../src/otlp/signal.js";
import { recordedBodies } from "./recorded-bodies.js";
import {
  encodeLogsRequest,
  encodeRequest,
  logsRequestArbitrary,
  requestArbitrary,
} from "./request-arbitrary.js";

function thereAndBack(bytes: Uint8Array, signal: Signal): Uint8Array {
  const result = otlpFromJson(Buffer.from(otlpToJson(bytes, signal)), signal);
  assert.equal(result.kind, "converted", result.kind === "malformed" ? result.reason : "");
  return result.kind === "converted" ? result.body : new Uint8Array(0);
}

function jsonOfSpan(span: string): string {
  const message = (tag: string, inner: string): string =>
    tag + (inner.length / 2).toString(16).padStart(2, "0") + inner;
  const request = message("0a", message("12", message("12", span)));
  const json = otlpToJson(Buffer.from(request, "hex"), "traces");
  return json.slice('{"resourceSpans":[{"scopeSpans":[{"spans":['.length, -"]}]}]}".length);
}

describe("otlpToJson()", () => {
  it("gives every recorded request back byte for byte", () => {
    const bodies = recordedBodies();
    assert.ok(bodies.length > 0);
    for (const { name, bytes } of bodies)
      assert.ok(Buffer.from(bytes).equals(thereAndBack(bytes, "traces")), name);
  });

  it("gives any request of traces back byte for byte", () => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        const bytes = encodeRequest(request);
        assert.deepEqual(Buffer.from(thereAndBack(bytes, "traces")), Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("gives any request of logs back byte for byte", () => {
    fc.assert(
      fc.property(logsRequestArbitrary, (request) => {
        const bytes = encodeLogsRequest(request);
        assert.deepEqual(Buffer.from(thereAndBack(bytes, "logs")), Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("is one line whatever the texts hold", () => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        assert.doesNotMatch(otlpToJson(encodeRequest(request), "traces"), /\n/);
      }),
      { numRuns: 100 },
    );
  });

  it("takes the last of a field that stands twice, and joins messages", () => {
    // name "a", name "b"; status {message "x"}, status {code 2}
    assert.equal(
      jsonOfSpan("2a0161" + "2a0162" + "7a03120178" + "7a021802"),
      '{"name":"b","status":{"message":"x","code":2}}',
    );
  });

  it("takes the last of several values of one attribute", () => {
    // attribute {value {string "a", int 1}}
    assert.equal(jsonOfSpan("4a0712050a01611801"), '{"attributes":[{"value":{"intValue":"1"}}]}');
  });

  it("leaves out a field that OTLP does not define", () => {
    assert.equal(jsonOfSpan("2a0161" + "fa0102ffff"), '{"name":"a"}');
  });

  it("writes texts as it is told to, by their key", () => {
    // attribute {key "k", value {array [string "secret"]}}, status {message "m"}
    const span = "4a0f0a016b120a2a080a060a0473656372" + "7a0312016d";
    const inner = Buffer.from(span, "hex");
    const wrap = (bytes: Buffer, tag: number): Buffer =>
      Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
    const request = wrap(wrap(wrap(inner, 0x12), 0x12), 0x0a);
    const json = otlpToJson(request, "traces", (key, text) => `${key}:${text.length}`);
    assert.match(json, /"key":"k".*"stringValue":"k:4".*"message":"status.message:1"/);
  });
});
