import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRequest, type OtlpAnyValue, type OtlpSpan } from "../../src/otlp/decode.js";
import { otlpFromJson } from "../../src/otlp/otlp-json.js";
import { createTraceScanner } from "../../src/otlp/trace-scan.js";
import { VALUE_DEPTH_MAX } from "../../src/otlp/value-walk.js";
import { assertScanAgrees } from "./assert-scan-agrees.js";
import { jsonText } from "./json-text.js";
import { requestType } from "./otlp-schema.js";
import { encodeRequest, requestArbitrary } from "./request-arbitrary.js";
import { ONE_SPAN } from "./wire-bytes.js";

const scanTraces = createTraceScanner([]);

function convert(text: string): { readonly body: Uint8Array; readonly warning: string } {
  const result = otlpFromJson(Buffer.from(text));
  assert.equal(result.kind, "converted", result.kind === "malformed" ? result.reason : "");
  return result.kind === "converted" ? result : { body: new Uint8Array(0), warning: "" };
}

function refusal(text: string): string {
  const result = otlpFromJson(Buffer.from(text));
  assert.equal(result.kind, "malformed", `accepted ${text}`);
  return result.kind === "malformed" ? result.reason : "";
}

function spanJson(members: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${members}}]}]}]}`;
}

function spanOf(members: string): OtlpSpan {
  const { body } = convert(spanJson(members));
  const span = decodeRequest(body).resourceSpans[0]?.scopeSpans?.[0]?.spans?.[0];
  assert.ok(span);
  return span as OtlpSpan;
}

function valueJson(value: string): string {
  return `"attributes":[{"key":"k","value":${value}}]`;
}

function valueOf(value: string): OtlpAnyValue | null | undefined {
  return spanOf(valueJson(value)).attributes[0]?.value;
}

describe("otlpFromJson()", () => {
  it("writes what the encoder writes for the same request", () => {
    fc.assert(
      fc.property(requestArbitrary, fc.infiniteStream(fc.boolean()), (request, texts) => {
        const text = jsonText(request as Record<string, unknown>, requestType, () =>
          Boolean(texts.next().value),
        );
        const { body, warning } = convert(text);
        assert.deepEqual(decodeRequest(body), decodeRequest(encodeRequest(request)));
        assert.equal(warning, "");
        assertScanAgrees(body);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the bytes of a protobuf sender for the same span", () => {
    const text = spanJson(
      '"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"x",' +
        '"startTimeUnixNano":"1544712660000000001","endTimeUnixNano":"1544712661000000002"',
    );
    assert.deepEqual(Buffer.from(convert(text).body), ONE_SPAN);
  });

  it("takes requests without spans", () => {
    for (const text of ["{}", '{"resourceSpans":[]}', '{"resourceSpans":null}', " {\n} "]) {
      assert.equal(convert(text).body.length, 0);
    }
  });

  it("refuses what is not an object", () => {
    for (const text of ["", "[]", "1", '"x"', "null", "true", "{"]) refusal(text);
  });

  describe("ids", () => {
    it("are hex in either case", () => {
      const { traceId } = spanOf('"traceId":"5b8EFFF798038103d269b633813FC60C"');
      assert.equal(Buffer.from(traceId).toString("hex"), "5b8efff798038103d269b633813fc60c");
    });

    it("that are none cost their span and not the request", () => {
      const valid = '"spanId":"eee19b7ec3c1b174"';
      const ids = [
        "",
        "nothex",
        "5b8efff798038103d269b633813fc60",
        "5b8efff798038103d269b633813fc60c0",
        "zz8efff798038103d269b633813fc60c",
        "0".repeat(32),
        "W47/95gDgQPSabYzgT/GDA==",
        "abcdefghijklmnop",
      ];
      for (const id of ids) {
        const { body } = convert(spanJson(`"traceId":${JSON.stringify(id)},${valid}`));
        const result = scanTraces(body);
        assert.equal(result.kind === "scanned" && result.scan.invalidSpanCount, 1, id);
      }
    });

    it("of parents that are none leave a root", () => {
      const members = '"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"';
      for (const parent of ['""', '"zzzzzzzzzzzzzzzz"', '"0000000000000000"', "null"]) {
        const result = scanTraces(convert(spanJson(`${members},"parentSpanId":${parent}`)).body);
        assert.equal(result.kind === "scanned" && result.scan.invalidSpanCount, 0);
        assert.equal(result.kind === "scanned" && result.scan.spans.parentIdAt[0], 0);
      }
    });

    it("in links are hex as well", () => {
      const [link] = spanOf('"links":[{"traceId":"00ff","spanId":"01"}]').links;
      assert.deepEqual([...(link?.traceId ?? [])], [0x00, 0xff]);
      assert.deepEqual([...(link?.spanId ?? [])], [0x01]);
    });
  });

  describe("64-bit integers", () => {
    const exact: readonly (readonly [json: string, nanos: string])[] = [
      ["1544712660300000123", "1544712660300000123"],
      ['"1544712660300000123"', "1544712660300000123"],
      ["1.5e18", "1500000000000000000"],
      ["15E+17", "1500000000000000000"],
      ["1544712660300000000.0", "1544712660300000000"],
      ["1544712660300000123e0", "1544712660300000123"],
      ["1500e-2", "15"],
      ["0e999999999999", "0"],
      ["-0", "0"],
      ["18446744073709551615", "18446744073709551615"],
      [`1.${"0".repeat(500_000)}`, "1"],
    ];
    for (const [json, nanos] of exact) {
      it(`read ${json.slice(0, 40)} as ${nanos}`, () => {
        assert.equal(String(spanOf(`"startTimeUnixNano":${json}`).startTimeUnixNano), nanos);
      });
    }

    const refused = [
      "-1",
      '"-1"',
      "1.5",
      "1e-1",
      "18446744073709551616",
      "1e20",
      "1e999999",
      "1e9999999999",
      "9".repeat(500_000),
      '""',
      '" 1"',
      '"0x10"',
      '"1n"',
      '"NaN"',
      "true",
      "[]",
      "{}",
    ];
    for (const json of refused) {
      it(`refuse ${json.slice(0, 40)} as a time`, () => {
        assert.match(
          refusal(spanJson(`"startTimeUnixNano":${json}`)),
          /^cannot read resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.startTimeUnixNano: it is not an integer from 0 to 18446744073709551615$/,
        );
      });
    }

    it("are signed in attributes", () => {
      for (const integer of ["-9223372036854775808", "9223372036854775807", "-1", "0"]) {
        assert.equal(String(valueOf(`{"intValue":${integer}}`)?.intValue), integer);
        assert.equal(String(valueOf(`{"intValue":"${integer}"}`)?.intValue), integer);
      }
      refusal(spanJson(valueJson('{"intValue":9223372036854775808}')));
      refusal(spanJson(valueJson('{"intValue":"-9223372036854775809"}')));
    });
  });

  it("bounds 32-bit integers", () => {
    assert.equal(spanOf('"flags":4294967295').flags, 4_294_967_295);
    assert.equal(spanOf('"droppedEventsCount":"7"').droppedEventsCount, 7);
    refusal(spanJson('"flags":4294967296'));
    refusal(spanJson('"droppedAttributesCount":-1'));
  });

  describe("doubles", () => {
    const cases: readonly (readonly [json: string, double: number])[] = [
      ["1.5", 1.5],
      ['"1.5"', 1.5],
      ["-0", -0],
      ["5e-324", 5e-324],
      ["1e-400", 0],
      ['"NaN"', Number.NaN],
      ['"Infinity"', Number.POSITIVE_INFINITY],
      ['"-Infinity"', Number.NEGATIVE_INFINITY],
    ];
    for (const [json, double] of cases) {
      it(`read ${json}`, () => {
        assert.ok(Object.is(valueOf(`{"doubleValue":${json}}`)?.doubleValue, double));
      });
    }

    it("refuse what is none", () => {
      for (const json of ['"1.2.3"', '""', '"."', '"infinity"', "true", "1e999", '"0x1"']) {
        assert.match(refusal(spanJson(valueJson(`{"doubleValue":${json}}`))), /range of doubles/);
      }
    });
  });

  it("reads bytes in either base64 alphabet, padded or not", () => {
    const cases = [
      ...["+/8=", "+/8", "-_8=", "-_8"].map((text) => [text, [0xfb, 0xff]] as const),
      ["", []] as const,
      ["AA==", [0]] as const,
      ["AA", [0]] as const,
    ];
    for (const [text, bytes] of cases) {
      assert.deepEqual([...(valueOf(`{"bytesValue":"${text}"}`)?.bytesValue ?? [])], bytes, text);
    }
    for (const text of ["A", "AAAAA", "A A=", "A===", "é", "=AAA"]) {
      assert.match(refusal(spanJson(valueJson(`{"bytesValue":"${text}"}`))), /not base64/);
    }
  });

  it("keeps enum integers it does not know, and takes the names it knows", () => {
    assert.equal(spanOf('"kind":99').kind, 99);
    assert.equal(spanOf('"kind":"SPAN_KIND_CONSUMER"').kind, 5);
    assert.equal(spanOf('"status":{"code":7}').status?.code, 7);
    assert.equal(spanOf('"status":{"code":"STATUS_CODE_ERROR"}').status?.code, 2);
    assert.match(refusal(spanJson('"kind":"SPAN_KIND_BOSS"')), /kind: it is not a span kind/);
    assert.match(refusal(spanJson('"status":{"code":"ERROR"}')), /code: it is not a status code/);
    refusal(spanJson('"kind":2147483648'));
  });

  it("ignores unknown fields of any type at every level", () => {
    const unknown = '"neu":{"a":[[[{"b":null}]]]},"__proto__":{"resourceSpans":[1]},"toString":1,';
    const text = `{${unknown}"resourceSpans":[{${unknown}"resource":{${unknown}"attributes":[{${unknown}"key":"k","value":{${unknown}"intValue":1}}]},"scopeSpans":[{${unknown}"scope":{${unknown}"name":"s"},"spans":[{${unknown}"name":"n","status":{${unknown}"code":2},"events":[{${unknown}"name":"e"}],"links":[{${unknown}"flags":1}]}]}]}]}`;
    const stripped = text.replaceAll(unknown, "");
    assert.deepEqual(convert(text).body, convert(stripped).body);
  });

  it("warns of a request in snake_case", () => {
    const { body, warning } = convert('{"resource_spans":[{"scope_spans":[]}]}');
    assert.equal(body.length, 0);
    assert.match(warning, /did you mean resourceSpans/);
    assert.equal(spanOf('"trace_state":"a"').traceState, "");
  });

  it("reads null as absent", () => {
    const span = spanOf('"name":null,"kind":null,"attributes":null,"status":null,"traceId":null');
    assert.deepEqual([span.name, span.kind, span.attributes, span.status], ["", 0, [], null]);
    assert.equal(valueOf("null"), null);
    assert.match(refusal('{"resourceSpans":[null]}'), /resourceSpans\[0\]: it is not an object/);
  });

  it("lets the last of repeated keys win", () => {
    assert.equal(spanOf('"name":"a","kind":1,"name":"b"').name, "b");
    assert.equal(spanOf('"name":"a","name":null').name, "");
    assert.equal(spanOf('"name":null,"name":"b"').name, "b");
    const { body } = convert('{"resourceSpans":[{},{}],"resourceSpans":[{}]}');
    assert.equal(decodeRequest(body).resourceSpans.length, 1);
  });

  it("keeps empty values, which mean something", () => {
    assert.equal(valueOf('{"stringValue":""}')?.stringValue, "");
    assert.equal(String(valueOf('{"intValue":0}')?.intValue), "0");
    assert.equal(valueOf('{"boolValue":false}')?.boolValue, false);
    assert.deepEqual(valueOf('{"arrayValue":{}}')?.arrayValue?.values, []);
    assert.deepEqual(valueOf('{"kvlistValue":{"values":[]}}')?.kvlistValue?.values, []);
    assert.deepEqual({ ...valueOf("{}") }, {});
  });

  it("reads the fields that only profiles use as an empty value", () => {
    const [attribute] = spanOf(
      '"attributes":[{"keyStrindex":3,"value":{"stringValueStrindex":4}}]',
    ).attributes;
    assert.equal(attribute?.key, "");
    assert.equal(attribute?.value?.stringValue, null);
  });

  it("takes values as deep as the protobuf form does", () => {
    const lists = (depth: number): string =>
      spanJson(
        valueJson(
          `${'{"kvlistValue":{"values":[{"key":"k","value":'.repeat(depth)}{}${"}]}}".repeat(depth)}`,
        ),
      );
    assert.equal(scanTraces(convert(lists(VALUE_DEPTH_MAX)).body).kind, "scanned");
    assert.equal(scanTraces(convert(lists(VALUE_DEPTH_MAX + 1)).body).kind, "malformed");
    assert.match(refusal(lists(10_000)), /nested deeper/);
  });

  it("writes valid UTF-8 for half a surrogate pair", () => {
    const { body } = convert(spanJson(String.raw`"name":"a\ud800"`));
    assert.ok(Buffer.from(body).includes(Buffer.from("a\ufffd")));
  });

  it("names the field that has another JSON type than OTLP's", () => {
    const cases: readonly (readonly [text: string, reason: string])[] = [
      ['{"resourceSpans":{}}', "resourceSpans: it is not a list"],
      ['{"resourceSpans":[[]]}', "resourceSpans[0]: it is not an object"],
      [spanJson('"name":5'), "resourceSpans[0].scopeSpans[0].spans[0].name: it is not a string"],
      [
        spanJson('"traceId":5'),
        "resourceSpans[0].scopeSpans[0].spans[0].traceId: it is not a string",
      ],
      [
        spanJson('"events":[{},{"attributes":[{"value":{"boolValue":1}}]}]'),
        "resourceSpans[0].scopeSpans[0].spans[0].events[1].attributes[0].value.boolValue: it is not true or false",
      ],
    ];
    for (const [text, reason] of cases) assert.equal(refusal(text), `cannot read ${reason}`);
  });
});
