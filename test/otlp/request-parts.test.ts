import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRequest } from "../../src/otlp/decode.js";
import {
  requestBytes,
  requestParts,
  spanCount,
  splitParts,
  writeRequest,
} from "../../src/otlp/request-parts.js";
import { recordedBodies } from "./recorded-bodies.js";

describe("requestParts()", () => {
  const bodies = recordedBodies();

  it("gives back every recorded body byte for byte", () => {
    for (const { bytes: raw } of bodies) {
      const parts = requestParts(raw);
      assert.ok(parts !== undefined);
      assert.ok(writeRequest(parts).equals(raw));
      assert.equal(requestBytes(parts), raw.length);
    }
  });

  it("splits anywhere into two requests that hold every span once, in order, under the same resource and scope", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bodies.length - 1 }), fc.nat(600), (at, count) => {
        const raw = bodies[at]?.bytes ?? Buffer.alloc(0);
        const parts = requestParts(raw) ?? [];
        const [first, second] = splitParts(parts, count);
        assert.equal(spanCount(first), Math.min(count, spanCount(parts)));
        const halves = [first, second].map((half) => outline(writeRequest(half)));
        assert.deepEqual(halves.flat(), outline(raw));
      }),
      { numRuns: 30 },
    );
  });

  it("keeps fields that OTLP does not know, and finds no request in other bytes", () => {
    // ResourceSpans with field 99 in it, ScopeSpans with field 98, Span with a name.
    const span = Buffer.from([0x2a, 0x01, 0x61]);
    const scope = Buffer.concat([Buffer.from([0x92, 0x06, 0x01, 0x7a, 0x12, span.length]), span]);
    const resource = Buffer.concat([
      Buffer.from([0x9a, 0x06, 0x01, 0x79, 0x12, scope.length]),
      scope,
    ]);
    const request = Buffer.concat([Buffer.from([0x0a, resource.length]), resource]);
    assert.ok(writeRequest(requestParts(request) ?? []).equals(request));
    assert.equal(requestParts(Buffer.from("nonsense")), undefined);
  });

  it("leaves out envelopes without spans", () => {
    assert.equal(writeRequest([{ head: Buffer.from("x"), scopes: [] }]).length, 0);
  });
});

/** Each span with what it stands in. */
function outline(request: Uint8Array): readonly string[] {
  return decodeRequest(request).resourceSpans.flatMap(({ resource, schemaUrl, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => JSON.stringify([resource, schemaUrl, scope, span])),
    ),
  );
}
