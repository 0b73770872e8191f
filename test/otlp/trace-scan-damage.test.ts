/** Whatever the bytes are, the scan ends, and what it lets through the decoder can read. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRequest } from "../../src/otlp/decode.js";
import { createTraceScanner } from "../../src/otlp/trace-scan.js";
import { recordedBodies } from "./recorded-bodies.js";
import { ONE_SPAN } from "./wire-bytes.js";

const scanTraces = createTraceScanner(["messaging.message_id"]);

/** Small enough to try every position; the other bodies are sampled. Bytes. */
const SMALL_BODY_BYTES = 1_300;
const SMALL_BODY_COUNT = 6;
const SAMPLES_PER_LARGE_BODY = 40;

const bodies = recordedBodies().map(({ bytes }) => bytes);
const small = [
  ONE_SPAN,
  ...bodies.filter(({ length }) => length <= SMALL_BODY_BYTES).slice(0, SMALL_BODY_COUNT),
];
const large = bodies.filter(({ length }) => length > SMALL_BODY_BYTES);

/** Whether the scan let it through. */
function scansAndDecodes(bytes: Uint8Array): boolean {
  const result = scanTraces(bytes);
  if (result.kind === "malformed") {
    assert.ok(result.offset >= 0 && result.offset <= bytes.length);
    return false;
  }
  const { resourceSpans } = decodeRequest(bytes);
  const spans = resourceSpans.flatMap(({ scopeSpans }) =>
    (scopeSpans ?? []).flatMap((scope) => scope.spans ?? []),
  );
  assert.equal(result.scan.spanCount, spans.length);
  return true;
}

function damagedValues(byte: number): readonly number[] {
  const flips = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => byte ^ (1 << bit));
  return [...new Set([...flips, 0x00, 0x7f, 0xff])].filter((value) => value !== byte);
}

describe("the wire scan of damaged requests", () => {
  it("has recorded bodies of both kinds to damage", () => {
    assert.equal(small.length, SMALL_BODY_COUNT + 1);
    assert.ok(large.length > 10);
  });

  it("refuses every proper prefix of a request, except the empty one", () => {
    for (const bytes of small) {
      for (let end = 0; end < bytes.length; end++) {
        assert.equal(scansAndDecodes(bytes.subarray(0, end)), end === 0, `cut at ${end}`);
      }
    }
  });

  it("survives any changed byte of a small request", () => {
    let scanned = 0;
    let refused = 0;
    for (const bytes of small) {
      for (let at = 0; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes);
        for (const value of damagedValues(bytes[at] ?? 0)) {
          damaged[at] = value;
          if (scansAndDecodes(damaged)) scanned++;
          else refused++;
        }
      }
    }
    assert.ok(scanned > 1_000 && refused > 1_000, `${scanned} scanned, ${refused} refused`);
  });

  it("survives changed bytes and cuts in large requests", () => {
    for (const bytes of large) {
      const step = Math.floor(bytes.length / SAMPLES_PER_LARGE_BODY);
      for (let at = step >> 1; at < bytes.length; at += step) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at & 7));
        scansAndDecodes(damaged);
        assert.equal(scansAndDecodes(bytes.subarray(0, at)), false, `cut at ${at}`);
      }
    }
  });

  it("survives a stretch put in, taken out or doubled", () => {
    const body = fc.constantFrom(...small);
    const stretch = fc.uint8Array({ maxLength: 6 });
    fc.assert(
      fc.property(
        body,
        fc.nat(),
        fc.nat({ max: 20 }),
        stretch,
        (bytes, place, length, inserted) => {
          const at = place % bytes.length;
          const before = bytes.subarray(0, at);
          const doubled = bytes.subarray(at, at + length);
          scansAndDecodes(Buffer.concat([before, inserted, bytes.subarray(at)]));
          scansAndDecodes(Buffer.concat([before, bytes.subarray(at + length)]));
          scansAndDecodes(Buffer.concat([before, doubled, bytes.subarray(at)]));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("survives bytes that are no request at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        scansAndDecodes(bytes);
      }),
      { numRuns: 5_000 },
    );
  });
});
