import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { decodeRequest, decodeSpan } from "../../src/otlp/decode.js";
import { encodeScopeHead, encodeSpan } from "../../src/otlp/encode-span.js";
import { requestParts, writeRequest } from "../../src/otlp/request-parts.js";
import { encodeAttributes, rewriteSpan } from "../../src/otlp/rewrite-span.js";
import { recordedBodies } from "./recorded-bodies.js";

describe("rewriteSpan()", () => {
  it("changes the ids and adds attributes, and nothing else, in every recorded span", () => {
    const traceId = randomBytes(16);
    const parentSpanId = randomBytes(8);
    const attributes = encodeAttributes({ "job.id": "j1", "job.attempt": 300, none: undefined });
    for (const { bytes } of recordedBodies()) {
      for (const span of spansIn(bytes)) {
        const before = decodeSpan(span);
        const after = decodeSpan(
          rewriteSpan(span, { traceId, parentSpanId, attributes: [attributes] }),
        );
        assert.deepEqual(Buffer.from(after.traceId), traceId);
        assert.deepEqual(Buffer.from(after.parentSpanId), parentSpanId);
        const added = after.attributes.splice(-2);
        assert.deepEqual(JSON.parse(JSON.stringify(added)), [
          { key: "job.id", value: { stringValue: "j1" } },
          { key: "job.attempt", value: { intValue: { low: 300, high: 0, unsigned: false } } },
        ]);
        for (const [field, value] of Object.entries(before))
          if (field !== "traceId" && field !== "parentSpanId")
            assert.deepEqual(after[field as keyof typeof after], value, field);
      }
    }
  });

  it("leaves a parent as it is unless it is told another", () => {
    for (const { bytes } of recordedBodies().slice(0, 3)) {
      for (const span of spansIn(bytes)) {
        const changes = { traceId: randomBytes(16), parentSpanId: undefined, attributes: [] };
        const after = decodeSpan(rewriteSpan(span, changes));
        assert.deepEqual(after.parentSpanId, decodeSpan(span).parentSpanId);
      }
    }
  });
});

describe("encodeSpan()", () => {
  it("makes a span that decodes to what was asked for", () => {
    const made = {
      traceId: randomBytes(16),
      spanId: randomBytes(8),
      parentSpanId: randomBytes(8),
      name: "waiting in queue “default”",
      start: 1_795_000_000_000_000_000n,
      end: 1_795_000_000_000_000_001n,
      attributes: { "job.id": "x".repeat(200) },
      error: "no",
    };
    const resource = { head: Buffer.alloc(0), scopes: [] };
    const scope = { head: encodeScopeHead("jobtrace", "1"), spans: [encodeSpan(made)] };
    const request = decodeRequest(writeRequest([{ ...resource, scopes: [scope] }]));
    const scopeSpans = request.resourceSpans[0]?.scopeSpans?.[0];
    assert.equal(scopeSpans?.scope?.name, "jobtrace");
    const span = scopeSpans?.spans?.[0];
    assert.deepEqual(
      [span?.name, span?.kind, span?.status?.code, span?.status?.message],
      [made.name, 1, 2, "no"],
    );
    assert.deepEqual(Buffer.from(span?.spanId ?? []), made.spanId);
    assert.deepEqual(Buffer.from(span?.parentSpanId ?? []), made.parentSpanId);
    const { low = 0, high = 0 } = span?.endTimeUnixNano ?? {};
    assert.equal((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0), made.end);
    assert.equal(span?.attributes?.[0]?.value?.stringValue, "x".repeat(200));
  });
});

function spansIn(request: Uint8Array): readonly Buffer[] {
  return (requestParts(request) ?? []).flatMap(({ scopes }) =>
    scopes.flatMap(({ spans }) => spans),
  );
}
