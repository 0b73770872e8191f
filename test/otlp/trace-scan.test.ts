import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRequest } from "../../src/otlp/decode.js";
import { hitText, parentIdHex, spanName } from "../../src/otlp/scan-text.js";
import { createTraceScanner, type ScanResult, type TraceScan } from "../../src/otlp/trace-scan.js";
import { VALUE_DEPTH_MAX } from "../../src/otlp/value-walk.js";
import { assertScanAgrees } from "./assert-scan-agrees.js";
import { requestType } from "./otlp-schema.js";
import { recordedBodies } from "./recorded-bodies.js";
import { encodeRequest, requestArbitrary, WANTED_KEYS } from "./request-arbitrary.js";
import { scrambleMessage } from "./scramble-message.js";
import {
  IDS,
  nested,
  ONE_OF_TWO_SPANS_INVALID,
  ONE_SPAN,
  requestOfSpan,
  SHORT_TRACE_ID,
  utf8,
  varint,
} from "./wire-bytes.js";

const scanTraces = createTraceScanner(WANTED_KEYS);

function scanned(bytes: Uint8Array): TraceScan {
  const result = scanTraces(bytes);
  assert.equal(result.kind, "scanned", JSON.stringify(result.kind === "malformed" && result));
  if (result.kind !== "scanned") throw new Error("unreachable");
  return result.scan;
}

function reasonOf(result: ScanResult): string {
  assert.equal(result.kind, "malformed");
  return result.kind === "malformed" ? result.reason : "";
}

describe("createTraceScanner()", () => {
  describe("agrees with the full decode", () => {
    for (const { name, bytes } of recordedBodies()) {
      it(`on the recorded ${name}`, () => assertScanAgrees(bytes));
    }

    it("on generated requests with every field", () => {
      fc.assert(
        fc.property(requestArbitrary, (request) => assertScanAgrees(encodeRequest(request))),
        { numRuns: 500 },
      );
    });

    it("with fields in any order and unknown fields between them", () => {
      fc.assert(
        fc.property(requestArbitrary, fc.infiniteStream(fc.nat()), (request, numbers) => {
          const draw = (limit: number): number => (numbers.next().value ?? 0) % limit;
          const plain = encodeRequest(request);
          const scrambled = scrambleMessage(plain, requestType, draw);
          assert.deepEqual(decodeRequest(scrambled), decodeRequest(plain));
          assertScanAgrees(scrambled);
        }),
        { numRuns: 500 },
      );
    });

    it("on several requests joined into one", () => {
      assertScanAgrees(Buffer.concat(recordedBodies().map(({ bytes }) => bytes)));
    });

    it("when a resource, a scope, a status, a value or an id stands twice", () => {
      const attribute = (key: string, value: string): Buffer =>
        nested(1, utf8(1, key), nested(2, utf8(1, value)));
      const twice = nested(
        1,
        nested(1, attribute("a", "1")),
        nested(
          2,
          nested(1, utf8(1, "scope")),
          nested(1, utf8(2, "1.0")),
          nested(
            2,
            IDS,
            nested(15, Buffer.from([0x18, 2])),
            nested(15, utf8(2, "late")),
            nested(1, Buffer.alloc(16, 1)),
            nested(2, Buffer.alloc(8)),
            nested(9, utf8(1, "other"), utf8(1, "jid"), nested(2, utf8(1, "x")), nested(2)),
          ),
        ),
        nested(1, attribute("b", "2")),
        nested(1, attribute("c", "3")),
      );
      assertScanAgrees(twice);
    });

    it("on text that is not UTF-8", () => {
      const broken = Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xef, 0xbb, 0xbf]);
      const attribute = nested(9, utf8(1, "jid"), nested(2, nested(1, broken)));
      const bytes = requestOfSpan(IDS, nested(5, broken), attribute);
      assertScanAgrees(bytes);
      assert.equal(spanName(scanned(bytes), 0), "a\ufffd\ufffd\ufffd(\ufeff");
    });
  });

  it("forgets the request before", () => {
    scanned(ONE_OF_TWO_SPANS_INVALID);
    assert.equal(reasonOf(scanTraces(Buffer.from([0xff]))), "the bytes end inside a tag or length");
    const scan = scanned(ONE_SPAN);
    assert.deepEqual([scan.spanCount, scan.invalidSpanCount, scan.hitCount], [1, 0, 0]);
    assert.equal(scanned(Buffer.alloc(0)).spanCount, 0);
    const withResource = nested(1, nested(1, nested(1, utf8(1, "k"))));
    for (const bytes of [withResource, withResource]) {
      assert.equal(scanned(bytes).resourceParts.size, 0);
    }
  });

  it("scans a window of a larger array", () => {
    const surrounded = Buffer.concat([Buffer.alloc(7, 0xff), ONE_SPAN, Buffer.alloc(7, 0xff)]);
    const scan = scanned(
      new Uint8Array(surrounded.buffer, surrounded.byteOffset + 7, ONE_SPAN.length),
    );
    assert.equal(spanName(scan, 0), "x");
  });

  describe("ids", () => {
    it("counts spans with an id of the wrong length or of zeros, and keeps the others", () => {
      const two = scanned(ONE_OF_TWO_SPANS_INVALID);
      assert.deepEqual([...two.spans.idsValid.subarray(0, 2)], [1, 0]);
      assert.equal(two.invalidSpanCount, 1);
      assert.equal(scanned(SHORT_TRACE_ID).invalidSpanCount, 1);
      assert.equal(scanned(requestOfSpan()).invalidSpanCount, 1);
    });

    it("reads a parent that is empty, all zero or of the wrong length as none", () => {
      for (const parent of [
        Buffer.alloc(0),
        Buffer.alloc(8),
        Buffer.alloc(7, 1),
        Buffer.alloc(9, 1),
      ]) {
        const scan = scanned(requestOfSpan(IDS, nested(4, parent)));
        assert.equal(parentIdHex(scan, 0), undefined);
        assert.equal(scan.invalidSpanCount, 0);
      }
    });
  });

  describe("hits", () => {
    const hitsOf = (...attributes: readonly Uint8Array[]): readonly (string | undefined)[] => {
      const scan = scanned(requestOfSpan(IDS, ...attributes.map((pair) => nested(9, pair))));
      return Array.from({ length: scan.hitCount }, (_, hit) => hitText(scan, hit));
    };
    const jid = (value: Uint8Array): Buffer => Buffer.concat([utf8(1, "jid"), nested(2, value)]);

    it("finds short and long text, and integers in decimal", () => {
      assert.deepEqual(hitsOf(jid(utf8(1, "abc"))), ["abc"]);
      assert.deepEqual(hitsOf(jid(utf8(1, ""))), [""]);
      assert.deepEqual(hitsOf(jid(utf8(1, "y".repeat(300)))), ["y".repeat(300)]);
      assert.deepEqual(hitsOf(jid(Buffer.from([0x18, 0x96, 0x01]))), ["150"]);
      const minusOne = Buffer.concat([
        Buffer.from([0x18]),
        Buffer.alloc(9, 0xff),
        Buffer.from([1]),
      ]);
      assert.deepEqual(hitsOf(jid(minusOne)), ["-1"]);
    });

    it("refuses an integer of more than 10 bytes, or of fewer than its value has", () => {
      const integer = (digits: string): Buffer =>
        requestOfSpan(IDS, nested(9, jid(Buffer.concat([Buffer.from([0x18]), hex(digits)]))));
      assertScanAgrees(integer(`${"80".repeat(9)}01`));
      assert.match(reasonOf(scanTraces(integer(`${"80".repeat(10)}00`))), /longer than 10 bytes/);
      assert.match(reasonOf(scanTraces(integer("8080"))), /end inside a varint/);
      assert.match(reasonOf(scanTraces(integer("0100"))), /end inside|field number 0/);
    });

    it("reports a wanted key whose value is neither without a text", () => {
      assert.deepEqual(hitsOf(jid(Buffer.from([0x10, 1])), jid(Buffer.alloc(0))), [
        undefined,
        undefined,
      ]);
    });

    it("finds the key behind its value, and not a key that only begins alike", () => {
      const backwards = Buffer.concat([nested(2, utf8(1, "abc")), utf8(1, "jid")]);
      assert.deepEqual(hitsOf(backwards), ["abc"]);
      for (const key of ["ji", "jidx", "xjid", "JID"]) {
        assert.deepEqual(hitsOf(Buffer.concat([utf8(1, key), nested(2, utf8(1, "a"))])), []);
      }
    });

    it("looks at attributes of spans only", () => {
      const pair = jid(utf8(1, "abc"));
      const event = nested(11, nested(3, pair));
      const link = nested(13, nested(4, pair));
      assert.equal(scanned(requestOfSpan(IDS, event, link)).hitCount, 0);
      const scope = nested(2, nested(1, nested(3, pair)), nested(2, IDS));
      assert.equal(scanned(nested(1, nested(1, nested(1, pair)), scope)).hitCount, 0);
    });
  });

  describe("refuses", () => {
    const cases: readonly { name: string; bytes: Uint8Array; reason: RegExp; offset: number }[] = [
      { name: "a lone tag byte", bytes: Buffer.from("ff", "hex"), reason: /end inside/, offset: 0 },
      {
        name: "a span cut short",
        bytes: ONE_SPAN.subarray(0, -1),
        reason: /does not fit/,
        offset: 1,
      },
      { name: "a length of 4 GiB", bytes: hex("0affffffff0f"), reason: /too large/, offset: 1 },
      { name: "a group", bytes: hex("f30b"), reason: /wire type 3/, offset: 2 },
      { name: "the end of a group", bytes: hex("f40b"), reason: /wire type 4/, offset: 2 },
      { name: "wire type 6", bytes: hex("f60b"), reason: /wire type 6/, offset: 2 },
      { name: "wire type 7", bytes: hex("f70b"), reason: /wire type 7/, offset: 2 },
      {
        name: "a known field as a group",
        bytes: hex("0b"),
        reason: /wire type 3 where OTLP has 2/,
        offset: 1,
      },
      { name: "field number 0", bytes: hex("0000"), reason: /field number 0/, offset: 0 },
      {
        name: "field number 0 in two bytes",
        bytes: hex("800000"),
        reason: /field number 0/,
        offset: 0,
      },
      {
        name: "a varint of 11 bytes",
        bytes: hex(`f00b${"80".repeat(10)}00`),
        reason: /longer than 10 bytes/,
        offset: 2,
      },
      { name: "a tag of 6 bytes", bytes: hex("8a808080800000"), reason: /too large/, offset: 0 },
      { name: "a length of 6 bytes", bytes: hex("0a808080808000"), reason: /too large/, offset: 1 },
      {
        name: "a fixed64 cut short",
        bytes: requestOfSpan(hex("3901")),
        reason: /does not fit/,
        offset: 7,
      },
      {
        name: "a name as an integer",
        bytes: requestOfSpan(hex("2801")),
        reason: /field 5 has wire type 0/,
        offset: 7,
      },
      {
        name: "times as varints",
        bytes: requestOfSpan(hex("3801")),
        reason: /field 7 has wire type 0/,
        offset: 7,
      },
      {
        name: "flags as a varint",
        bytes: requestOfSpan(hex("800101")),
        reason: /field 16/,
        offset: 8,
      },
    ];
    for (const { name, bytes, reason, offset } of cases) {
      it(name, () => {
        const result = scanTraces(bytes);
        assert.match(reasonOf(result), reason);
        assert.equal(result.kind === "malformed" && result.offset, offset);
      });
    }

    it("a broken field wherever a message may stand", () => {
      const broken = hex("f70b");
      const value = nested(2, broken);
      const places = [
        nested(1, broken),
        nested(1, nested(1, broken)),
        nested(1, nested(1, nested(1, broken))),
        nested(1, nested(1, nested(3, broken))),
        nested(1, nested(2, broken)),
        nested(1, nested(2, nested(1, broken))),
        requestOfSpan(broken),
        requestOfSpan(nested(9, value)),
        requestOfSpan(nested(9, nested(2, nested(5, broken)))),
        requestOfSpan(nested(9, nested(2, nested(5, nested(1, broken))))),
        requestOfSpan(nested(9, nested(2, nested(6, broken)))),
        requestOfSpan(nested(9, nested(2, nested(6, nested(1, broken))))),
        requestOfSpan(nested(9, nested(2, nested(6, nested(1, value))))),
        requestOfSpan(nested(11, broken)),
        requestOfSpan(nested(11, nested(3, value))),
        requestOfSpan(nested(13, broken)),
        requestOfSpan(nested(13, nested(4, value))),
        requestOfSpan(nested(15, broken)),
      ];
      for (const bytes of places) {
        assert.match(reasonOf(scanTraces(bytes)), /wire type 7/, bytes.toString("hex"));
      }
    });
  });

  describe("is not fooled by lengths of two bytes that look like plain text", () => {
    it("in a key: the value behind it is checked", () => {
      // The last byte of the key, then the value's tag and length, look like a value of 18 bytes that holds a text of 16.
      const key = utf8(1, `${"k".repeat(127)}\u0012`);
      const value = Buffer.concat([hex("120a"), hex("10"), hex("01"), hex("1001100110011001")]);
      const attribute = (rest: Buffer): Buffer => requestOfSpan(IDS, nested(9, key, value, rest));
      assertScanAgrees(attribute(hex("f2010401020304")));
      assert.match(reasonOf(scanTraces(attribute(hex("f7010401020304")))), /wire type 7/);
    });

    it("in a value: its true length is checked", () => {
      const text = Buffer.concat([hex("0a7e"), Buffer.alloc(0x7e, "x")]);
      const value = Buffer.concat([hex("0a001280"), text]);
      assert.match(reasonOf(scanTraces(requestOfSpan(IDS, nested(9, value)))), /does not fit/);
    });
  });

  it("takes unknown fields of every wire type, and tags and lengths that are longer than they need be", () => {
    const unknown = hex("f00b01f10b0102030405060708f20b03ffffff f50b01020304".replace(" ", ""));
    assert.equal(scanned(Buffer.concat([unknown, ONE_SPAN, unknown])).spanCount, 1);
    assertScanAgrees(Buffer.concat([hex("8a80808000b580808000"), ONE_SPAN.subarray(2)]));
  });

  describe("nesting", () => {
    const lists = (depth: number): Buffer => {
      let value: Buffer = utf8(1, "deep");
      for (let level = 0; level < depth; level++) {
        value = nested(6, nested(1, utf8(1, "k"), nested(2, value)));
      }
      return value;
    };
    const arrays = (depth: number): Buffer => {
      let value: Buffer = nested(5);
      for (let level = 0; level < depth; level++) value = nested(5, nested(1, value));
      return value;
    };
    const inEvent = (value: Buffer): Buffer =>
      requestOfSpan(IDS, nested(11, nested(3, utf8(1, "k"), nested(2, value))));

    it("takes values as deep as the limit, and so does the decoder", () => {
      for (const value of [lists(VALUE_DEPTH_MAX), arrays(VALUE_DEPTH_MAX)]) {
        assertScanAgrees(inEvent(value));
        assertScanAgrees(requestOfSpan(IDS, nested(9, utf8(1, "jid"), nested(2, value))));
      }
      assert.ok(VALUE_DEPTH_MAX >= 40);
    });

    it("takes an empty pair in a list at the limit, and so does the decoder", () => {
      let value: Buffer = nested(6, nested(1));
      for (let level = 0; level < VALUE_DEPTH_MAX; level++) {
        value = nested(6, nested(1, nested(2, value)));
      }
      assertScanAgrees(inEvent(value));
    });

    it("refuses one level more, and a hundred thousand", () => {
      for (const value of [lists(VALUE_DEPTH_MAX + 1), arrays(VALUE_DEPTH_MAX + 1)]) {
        assert.match(reasonOf(scanTraces(inEvent(value))), /nested deeper than 64 levels/);
      }
      // Tags of arrays whose lengths are right, built from the inside in one pass.
      const parts: Buffer[] = [];
      let length = 0;
      for (let level = 0; level < 100_000; level++) {
        const inner = Buffer.concat([Buffer.from([0x0a]), varint(length)]);
        const outer = Buffer.concat([Buffer.from([0x2a]), varint(length + inner.length)]);
        parts.push(inner, outer);
        length += inner.length + outer.length;
      }
      const bomb = Buffer.concat(parts.reverse());
      assert.match(reasonOf(scanTraces(inEvent(bomb))), /nested deeper/);
    });
  });

  describe("bounds counts", () => {
    const many = (count: number, field: Buffer): Buffer =>
      Buffer.alloc(field.length * count, field);
    const cases: readonly { name: string; bytes: Uint8Array; reason: RegExp }[] = [
      {
        name: "spans",
        bytes: nested(1, nested(2, many(100_001, hex("1200")))),
        reason: /100000 spans/,
      },
      {
        name: "attributes",
        bytes: requestOfSpan(many(1_001, hex("4a00"))),
        reason: /1000 attributes/,
      },
      { name: "events", bytes: requestOfSpan(many(1_001, hex("5a00"))), reason: /1000 events/ },
      { name: "links", bytes: requestOfSpan(many(1_001, hex("6a00"))), reason: /1000 links/ },
      { name: "resources", bytes: many(2_000_000, hex("0a00")), reason: /1000000 resources/ },
      {
        name: "scopes",
        bytes: nested(1, many(2_000_000, hex("1200"))),
        reason: /1000000 resources/,
      },
      {
        name: "parts of a resource",
        bytes: nested(1, many(2_000_000, hex("0a021000"))),
        reason: /1000000/,
      },
      {
        name: "resource attributes",
        bytes: nested(1, nested(1, many(1_000_001, hex("0a00")))),
        reason: /1000000 attribute values/,
      },
      {
        name: "values in an array",
        bytes: requestOfSpan(nested(9, nested(2, nested(5, many(1_000_001, hex("0a00")))))),
        reason: /1000000 attribute values/,
      },
      {
        name: "pairs in a list",
        bytes: requestOfSpan(nested(9, nested(2, nested(6, many(1_000_001, hex("0a00")))))),
        reason: /1000000 attribute values/,
      },
      {
        name: "keys of an entity",
        bytes: nested(1, nested(1, nested(3, many(1_000_001, hex("1a00"))))),
        reason: /1000000/,
      },
    ];
    for (const { name, bytes, reason } of cases) {
      it(`of ${name}`, () => assert.match(reasonOf(scanTraces(bytes)), reason));
    }

    it("and takes a request that is at the limits", () => {
      assert.equal(scanned(nested(1, nested(2, many(100_000, hex("1200"))))).spanCount, 100_000);
      const full = requestOfSpan(
        many(1_000, hex("4a00")),
        many(1_000, hex("5a00")),
        many(1_000, hex("6a00")),
      );
      assertScanAgrees(full);
    });
  });
});

function hex(digits: string): Buffer {
  return Buffer.from(digits, "hex");
}
