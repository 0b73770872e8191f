/** What the fields of a request mean, by what the built server stores of them. */
import assert from "node:assert/strict";
import type { OtlpSpan } from "../../src/otlp/decode.js";
import { requestType } from "../otlp/otlp-schema.js";
import { type HttpReply, JSON_TYPE, post, statusOf } from "../receiver/test-receiver.js";
import { builtServer } from "./built-server.js";
import { J1, jsonOf } from "./request-samples.js";

interface Partial {
  readonly rejectedSpans?: string;
  readonly errorMessage?: string;
}

describe("a payload that the built server gets", () => {
  const server = builtServer();
  const sendJson = (body: string): Promise<HttpReply> =>
    post(server(), { headers: JSON_TYPE, body });
  beforeEach(() => server().newBatches());

  const partialOf = ({ status, body }: HttpReply): Partial => {
    assert.equal(status, 200, body.toString());
    const { partialSuccess } = JSON.parse(body.toString()) as { readonly partialSuccess?: Partial };
    return partialSuccess ?? {};
  };
  const stored = async (span: Readonly<Record<string, unknown>>): Promise<OtlpSpan> => {
    assert.deepEqual(partialOf(await sendJson(jsonOf(span))), {});
    const [only] = await server().newSpans();
    assert.ok(only);
    return only;
  };
  const refused = async (body: string): Promise<void> => {
    const reply = await sendJson(body);
    assert.deepEqual([reply.status, statusOf(reply).code], [400, 3], body.slice(0, 80));
    assert.deepEqual(await server().newBatches(), []);
  };
  /** A value as it stands in the stored bytes. */
  const storedValue = async (value: string): Promise<Record<string, unknown>> => {
    const json = J1.replace('"name":"x"', `"name":"x","attributes":[{"key":"k","value":${value}}]`);
    assert.deepEqual(partialOf(await sendJson(json)), {});
    const [batch] = await server().newBatches();
    assert.ok(batch);
    const plain = requestType.toObject(requestType.decode(batch), { longs: String }) as never;
    return plain["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"][0]["value"];
  };

  it("S70, S72: rejects spans with invalid ids and no others", async () => {
    for (const traceId of [
      "00".repeat(16),
      "nothex",
      "5b8",
      "5b".repeat(15),
      "W47/95gDgQPSabYzgT/GDA==",
    ])
      assert.equal(partialOf(await sendJson(jsonOf({ traceId }))).rejectedSpans, "1", traceId);
    for (const spanId of ["", "00".repeat(8), "ee".repeat(7)])
      assert.equal(partialOf(await sendJson(jsonOf({ spanId }))).rejectedSpans, "1", spanId);
  });

  it("S71: takes a span without a parent as a root, however that is written", async () => {
    for (const parentSpanId of [undefined, "", "00".repeat(8), null])
      await stored({ parentSpanId });
  });

  it("S26, S71: keeps a span whose parent id has another length, and warns", async () => {
    const { rejectedSpans, errorMessage } = partialOf(
      await sendJson(jsonOf({ parentSpanId: "ab" })),
    );
    assert.equal(rejectedSpans, undefined);
    assert.match(String(errorMessage), /^1 spans kept as roots/);
    assert.equal((await server().newSpans()).length, 1);
  });

  it("S72: takes hex ids in either case", async () => {
    const { traceId } = await stored({ traceId: "5b8EFFF798038103d269B633813FC60C" });
    assert.equal(Buffer.from(traceId).toString("hex"), "5b8efff798038103d269b633813fc60c");
  });

  it("S73: reads 64-bit integers exactly, as text and as numbers", async () => {
    for (const [written, read] of [
      ["1544712660300000123", "1544712660300000123"],
      ['"1544712660300000123"', "1544712660300000123"],
      ["1.5e18", "1500000000000000000"],
      ["1544712660300000000.0", "1544712660300000000"],
      ["18446744073709551615", "18446744073709551615"],
    ]) {
      assert.equal(
        (await sendJson(J1.replace('"1544712660000000001"', written ?? ""))).status,
        200,
      );
      const [span] = await server().newSpans();
      assert.equal(String(span?.startTimeUnixNano), read);
    }
    for (const written of ["-1", "1.5", "18446744073709551616", "9".repeat(500_000)])
      await refused(J1.replace('"1544712660000000001"', written));
  });

  for (const [value, expected] of [
    ['{"intValue":"-9223372036854775808"}', { intValue: "-9223372036854775808" }],
    ['{"intValue":9223372036854775807}', { intValue: "9223372036854775807" }],
    ['{"doubleValue":"NaN"}', { doubleValue: Number.NaN }],
    ['{"doubleValue":"-Infinity"}', { doubleValue: Number.NEGATIVE_INFINITY }],
    ['{"doubleValue":-0.0}', { doubleValue: -0 }],
    ['{"bytesValue":"-_8"}', { bytesValue: Buffer.of(0xfb, 0xff) }],
    ['{"bytesValue":"+/8="}', { bytesValue: Buffer.of(0xfb, 0xff) }],
    ['{"stringValue":""}', { stringValue: "" }],
    ['{"arrayValue":{}}', { arrayValue: {} }],
    ["{}", {}],
  ] as const) {
    it(`S74, S78: keeps the value ${value}`, async () => {
      assert.deepEqual(await storedValue(value), expected);
    });
  }

  it("S75: keeps enums it does not know, and takes known names", async () => {
    assert.equal((await stored({ kind: 99 })).kind, 99);
    assert.equal((await stored({ status: { code: 7 } })).status?.code, 7);
    assert.equal((await stored({ kind: "SPAN_KIND_SERVER" })).kind, 2);
    await refused(jsonOf({ kind: "SPAN_KIND_NOBODY" }));
  });

  it("S76: ignores unknown fields of any type at every level", async () => {
    const odd = { unknown: { deep: [[{ x: 1 }], null, "y"] } };
    await stored({ ...odd, events: [odd], links: [odd], status: odd, attributes: [odd] });
    assert.equal((await sendJson(J1.replace("{", '{"unknown":[[]],'))).status, 200);
  });

  it("S76: asks whoever writes resource_spans what was meant", async () => {
    const reply = await sendJson(J1.replace("resourceSpans", "resource_spans"));
    assert.match(String(partialOf(reply).errorMessage), /did you mean resourceSpans/);
  });

  it("S77: takes null as absent, and the last of a repeated key", async () => {
    await stored({ attributes: null, status: null, kind: null });
    await sendJson(J1.replace('"name":"x"', '"name":"x","name":"y"'));
    assert.equal((await server().newSpans())[0]?.name, "y");
  });

  it("S79: takes values 40 deep, and refuses what is too deep for anybody", async () => {
    const nested = (levels: number): string =>
      `${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${"]}}".repeat(levels)}`;
    await storedValue(nested(40));
    for (const levels of [65, 1_000, 200_000])
      await refused(
        J1.replace('"name":"x"', `"attributes":[{"key":"k","value":${nested(levels)}}]`),
      );
  });

  it("S80: takes what only profiles may have as empty, and warns", async () => {
    const attributes = [{ keyStrindex: 1, value: { stringValueStrindex: 3 } }];
    const { rejectedSpans, errorMessage } = partialOf(await sendJson(jsonOf({ attributes })));
    assert.equal(rejectedSpans, undefined);
    assert.match(String(errorMessage), /^2 string indexes read as empty/);
    assert.equal((await server().newSpans()).length, 1);
  });

  it("S81: keeps what it has no use for", async () => {
    const span = await stored({
      flags: 0xffff_ffff,
      traceState: "a=b",
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
      attributes: [1, 2].map((intValue) => ({ key: "same", value: { intValue } })),
      links: [{ flags: 0x300, traceState: "c=d", droppedAttributesCount: 4 }],
      events: [{ name: "e", droppedAttributesCount: 5 }],
      status: { code: 2, message: "m" },
    });
    assert.deepEqual([span.flags, span.traceState], [0xffff_ffff, "a=b"]);
    const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, attributes } = span;
    assert.deepEqual([droppedAttributesCount, droppedEventsCount, droppedLinksCount], [1, 2, 3]);
    assert.equal(attributes.length, 2);
    assert.deepEqual([span.links[0]?.flags, span.links[0]?.droppedAttributesCount], [0x300, 4]);
    assert.deepEqual([span.events[0]?.droppedAttributesCount, span.status?.message], [5, "m"]);
  });

  it("S82: takes odd times, and a span without a name", async () => {
    for (const [startTimeUnixNano, endTimeUnixNano] of [
      ["5", "4"],
      ["0", "0"],
      ["0", "18446744073709551615"],
      ["18429000000000000000", "18429000000000000001"],
    ])
      await stored({ startTimeUnixNano, endTimeUnixNano, name: undefined });
  });

  for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
    it(`X27: keeps an attribute named ${key}`, async () => {
      const span = await stored({ attributes: [{ key, value: { stringValue: "v" } }] });
      assert.equal(span.attributes[0]?.key, key);
    });
  }

  it("X27: is not led by a key of the request itself", async () => {
    const { resourceSpans } = JSON.parse(J1) as { readonly resourceSpans: unknown };
    const body = `{"__proto__":{"resourceSpans":${JSON.stringify(resourceSpans)}}}`;
    assert.deepEqual(partialOf(await sendJson(body)), {});
    assert.deepEqual(await server().newBatches(), []);
  });

  for (const jid of [
    "../../etc/passwd",
    "..%2f",
    "%00",
    "a/b",
    ".",
    "CON",
    "x".repeat(10_000),
    "😀",
    "\0",
  ]) {
    it(`X29: keeps the jid ${JSON.stringify(jid.slice(0, 20))} as it is`, async () => {
      const value = { stringValue: jid };
      const system = { key: "messaging.system", value: { stringValue: "sidekiq" } };
      const span = await stored({
        kind: 5,
        attributes: [system, { key: "messaging.message_id", value }],
      });
      assert.equal(span.attributes[1]?.value?.stringValue, jid);
    });
  }

  it("X41, X45: refuses more than it counts, and takes many odd keys", async () => {
    await refused(`{"resourceSpans":[${"[],".repeat(2_100_000)}[]]}`);
    for (const unit of ["1200", "4a00"]) {
      const reply = await post(server(), { body: Buffer.from(nested(unit), "hex") });
      assert.deepEqual([reply.status, statusOf(reply).code], [400, 3]);
      assert.match(statusOf(reply).message, /^more than /);
    }
    const attributes = Array.from({ length: 1_000 }, (_, at) => ({
      key: String(4_294_967_294 - at),
      value: { intValue: at },
    }));
    assert.equal((await stored({ attributes })).attributes.length, 1_000);
  });
});

/** 200,000 empty spans in a scope, or as many empty attributes in a span, as hex. */
function nested(unit: string): string {
  const many = unit.repeat(200_000);
  const span = unit === "4a00" ? wrap("12", many) : many;
  return wrap("0a", wrap("12", span));
}

function wrap(tag: string, inner: string): string {
  let rest = inner.length / 2;
  let length = "";
  for (; rest >= 0x80; rest >>>= 7) length += ((rest & 0x7f) | 0x80).toString(16).padStart(2, "0");
  return tag + length + rest.toString(16).padStart(2, "0") + inner;
}
