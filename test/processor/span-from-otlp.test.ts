import assert from "node:assert/strict";
import fc from "fast-check";
import type { Span } from "../../src/jobscope/model/span.js";
import { decodeRequest } from "../../src/otlp/decode.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { spansOf } from "../../src/processor/span-from-otlp.js";
import { recordedBodies } from "../otlp/recorded-bodies.js";
import { encodeRequest, requestArbitrary } from "../otlp/request-arbitrary.js";
import { IDS, nested, ONE_OF_TWO_SPANS_INVALID, requestOfSpan, utf8 } from "../otlp/wire-bytes.js";

const TRACE_ID = "5b8efff798038103d269b633813fc60c";
const SPAN_ID = "eee19b7ec3c1b174";

function spansOfJson(request: unknown): readonly Span[] {
  const result = otlpFromJson(Buffer.from(JSON.stringify(request)));
  assert.equal(result.kind, "converted");
  return result.kind === "converted" ? spansOf(result.body) : [];
}

function spanOf(members: Readonly<Record<string, unknown>>): Span {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID, ...members };
  const [found] = spansOfJson({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  assert.ok(found);
  return found;
}

describe("spansOf()", () => {
  it("gives every fact of a span", () => {
    const [span, ...others] = spansOfJson({
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
          scopeSpans: [
            {
              scope: { name: "OpenTelemetry::Instrumentation::Sidekiq", version: "0.29.0" },
              spans: [
                {
                  traceId: TRACE_ID,
                  spanId: SPAN_ID,
                  parentSpanId: "00000000000000aa",
                  name: "default process",
                  kind: 5,
                  flags: 0x101,
                  startTimeUnixNano: "1544712660300000123",
                  endTimeUnixNano: "18446744073709551615",
                  status: { code: 2, message: "no" },
                  attributes: [{ key: "retry", value: { intValue: "-3" } }],
                  events: [
                    {
                      name: "exception",
                      timeUnixNano: "7",
                      attributes: [{ key: "exception.type", value: { stringValue: "E" } }],
                    },
                  ],
                  links: [{ traceId: "01".repeat(16), spanId: "02".repeat(8), flags: 0x300 }],
                },
              ],
            },
          ],
        },
      ],
    });
    assert.deepEqual(others, []);
    assert.deepEqual(span, {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: "00000000000000aa",
      name: "default process",
      kind: "consumer",
      start: 1544712660300000123n,
      end: 18446744073709551615n,
      status: { code: "error", message: "no" },
      attributes: new Map([["retry", -3n]]),
      events: [{ name: "exception", time: 7n, attributes: new Map([["exception.type", "E"]]) }],
      links: [{ traceId: "01".repeat(16), spanId: "02".repeat(8), flags: 0x300 }],
      flags: 0x101,
      scope: { name: "OpenTelemetry::Instrumentation::Sidekiq", version: "0.29.0" },
      resource: new Map([["service.name", "shop"]]),
    });
  });

  it("gives a span that says nothing its empty facts", () => {
    const span = spanOf({});
    assert.deepEqual(span, {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: undefined,
      name: "",
      kind: "unspecified",
      start: 0n,
      end: 0n,
      status: { code: "unset", message: "" },
      attributes: new Map(),
      events: [],
      links: [],
      flags: 0,
      scope: { name: "", version: "" },
      resource: new Map(),
    });
  });

  it("gives every kind of attribute value", () => {
    const { attributes } = spanOf({
      attributes: [
        { key: "text", value: { stringValue: "" } },
        { key: "least", value: { intValue: "-9223372036854775808" } },
        { key: "double", value: { doubleValue: -0.5 } },
        { key: "false", value: { boolValue: false } },
        { key: "bytes", value: { bytesValue: "+/8=" } },
        { key: "empty", value: {} },
        { key: "absent" },
        {
          key: "list",
          value: { arrayValue: { values: [{ intValue: 1 }, {}, { arrayValue: {} }] } },
        },
        {
          key: "map",
          value: { kvlistValue: { values: [{ key: "a", value: { boolValue: true } }] } },
        },
        { key: "__proto__", value: { stringValue: "kept" } },
      ],
    });
    assert.deepEqual(
      attributes,
      new Map<string, unknown>([
        ["text", ""],
        ["least", -9223372036854775808n],
        ["double", -0.5],
        ["false", false],
        ["bytes", Uint8Array.of(0xfb, 0xff)],
        ["empty", null],
        ["absent", null],
        ["list", [1n, null, []]],
        ["map", new Map([["a", true]])],
        ["__proto__", "kept"],
      ]),
    );
  });

  it("lets the last of repeated attributes win", () => {
    const value = (text: string) => ({ key: "k", value: { stringValue: text } });
    assert.deepEqual(
      spanOf({ attributes: [value("a"), value("b")] }).attributes,
      new Map([["k", "b"]]),
    );
  });

  it("calls kinds and codes it does not know unspecified and unset", () => {
    const span = spanOf({ kind: 99, status: { code: -1 } });
    assert.deepEqual([span.kind, span.status.code], ["unspecified", "unset"]);
    assert.equal(spanOf({ kind: -1 }).kind, "unspecified");
  });

  it("leaves out links with invalid ids, and spans with them", () => {
    const zeros = { traceId: "0".repeat(32), spanId: SPAN_ID };
    const short = { traceId: TRACE_ID, spanId: "01" };
    const valid = { traceId: TRACE_ID, spanId: SPAN_ID };
    const { links } = spanOf({ links: [zeros, short, {}, valid] });
    assert.deepEqual(links, [{ ...valid, flags: 0 }]);
    assert.equal(spansOf(ONE_OF_TWO_SPANS_INVALID).length, 1);
  });

  it("reads a parent id that is not valid as none", () => {
    assert.equal(spanOf({ parentSpanId: "0".repeat(16) }).parentSpanId, undefined);
    assert.equal(spanOf({ parentSpanId: "ab" }).parentSpanId, undefined);
  });

  it("replaces malformed UTF-8 and keeps the span", () => {
    const raw = requestOfSpan(IDS, nested(5, Buffer.from([0x61, 0xff])));
    assert.equal(spansOf(raw)[0]?.name, "a\ufffd");
  });

  it("merges a resource and a scope that stand in pieces", () => {
    const attribute = (key: string): Buffer => nested(1, utf8(1, key), nested(2, utf8(1, "v")));
    const scopeSpans = nested(2, nested(1, utf8(1, "s")), nested(2, IDS), nested(1, utf8(2, "1")));
    const raw = nested(1, nested(1, attribute("a")), scopeSpans, nested(1, attribute("b")));
    const [span] = spansOf(raw);
    assert.deepEqual(
      span?.resource,
      new Map([
        ["a", "v"],
        ["b", "v"],
      ]),
    );
    assert.deepEqual(span?.scope, { name: "s", version: "1" });
  });

  it("is empty for bytes that are no request", () => {
    assert.deepEqual(spansOf(Buffer.from([0xff])), []);
    assert.deepEqual(spansOf(Buffer.alloc(0)), []);
  });

  it("keeps no window onto the request, so that a batch can be freed", () => {
    const raw = requestOfSpan(
      IDS,
      nested(9, utf8(1, "k"), nested(2, nested(7, Buffer.from([1, 2])))),
    );
    const value = spansOf(raw)[0]?.attributes.get("k");
    assert.ok(value instanceof Uint8Array);
    raw.fill(0);
    assert.deepEqual(value, Uint8Array.of(1, 2));
  });

  it("gives only the selected spans, each with its own resource and scope", () => {
    for (const { name, bytes } of recordedBodies()) {
      const all = spansOf(bytes);
      const odd = spansOf(bytes, (index) => index % 2 === 1);
      assert.deepEqual(
        odd,
        all.filter((_, index) => index % 2 === 1),
        name,
      );
    }
  });

  it("shows the scan to the selection", () => {
    const bytes = recordedBodies().at(-1)?.bytes ?? new Uint8Array(0);
    const consumers = spansOf(bytes, (index, scan) => scan.spans.kind[index] === 5);
    assert.deepEqual(
      consumers,
      spansOf(bytes).filter(({ kind }) => kind === "consumer"),
    );
    assert.ok(consumers.length > 0);
  });

  it("shares one resource among the spans of a sender", () => {
    const joined = Buffer.concat(recordedBodies().map(({ bytes }) => bytes));
    const spans = spansOf(joined);
    assert.ok(spans.length > 2_000);
    assert.ok(new Set(spans.map(({ resource }) => resource)).size <= recordedBodies().length);
  });

  it("never throws on a generated request, and loses no valid span", () => {
    fc.assert(
      fc.property(requestArbitrary, (request) => {
        const raw = encodeRequest(request);
        const valid = decodeRequest(raw)
          .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans ?? [])
          .flatMap(({ spans }) => spans ?? [])
          .filter(({ traceId, spanId }) => isId(traceId, 16) && isId(spanId, 8));
        assert.deepEqual(
          spansOf(raw).map(({ spanId, name }) => [spanId, name]),
          valid.map(({ spanId, name }) => [Buffer.from(spanId ?? []).toString("hex"), name ?? ""]),
        );
      }),
    );
  });
});

function isId(bytes: Uint8Array | null | undefined, length: number): boolean {
  return bytes?.length === length && bytes.some((byte) => byte !== 0);
}
