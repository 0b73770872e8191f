import assert from "node:assert/strict";
import fc from "fast-check";
import {
  JSON_DEPTH_MAX,
  JSON_VALUES_MAX,
  type JsonValue,
  readJson,
} from "../../src/otlp/json-reader.js";

function read(text: string): JsonValue {
  const result = readJson(Buffer.from(text));
  assert.equal(result.kind, "value", result.kind === "malformed" ? result.reason : "");
  return result.kind === "value" ? result.value : null;
}

function refusal(bytes: Uint8Array | string): string {
  const result = readJson(Buffer.from(bytes));
  assert.equal(result.kind, "malformed", `accepted ${JSON.stringify(String(bytes).slice(0, 80))}`);
  return result.kind === "malformed" ? result.reason : "";
}

/** What `JSON.parse` would give; it must only see numbers it does not round. */
function plain(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value.kind === "number") return Number(value.digits);
  if (value.kind === "array") return value.items.map(plain);
  return Object.fromEntries(
    value.keys.map((key, index) => [key, plain(value.values[index] ?? null)]),
  );
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("readJson()", () => {
  it("reads what JSON.stringify() wrote, with and without white space", () => {
    const space = fc.constantFrom(undefined, 1, "\t", "\n \r");
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), space, (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        assert.deepEqual(plain(read(text)), JSON.parse(text));
      }),
    );
  });

  it("accepts and refuses the same texts as JSON.parse()", () => {
    const character = fc.constantFrom(
      ...'{}[]",:\\/bfnrtu0123456789.eE+- \t\n\u0000\u001f\u007fé'.split(""),
    );
    const damage = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.array(character, { maxLength: 2 }));
    let accepted = 0;
    fc.assert(
      fc.property(fc.json(), damage, (text, [place, removed, put]) => {
        const at = place % (text.length + 1);
        const damaged = text.slice(0, at) + put.join("") + text.slice(at + removed);
        const isValid = parses(damaged);
        if (isValid) accepted++;
        assert.equal(readJson(Buffer.from(damaged)).kind, isValid ? "value" : "malformed", damaged);
      }),
      { numRuns: 5_000 },
    );
    assert.ok(accepted > 100, `${accepted} accepted`);
  });

  it("keeps numbers as they are written", () => {
    const numbers = ["0", "-0", "1544712660300000123", "1.5e18", "-1E-7", `1${"0".repeat(400)}`];
    for (const digits of numbers) assert.deepEqual(read(digits), { kind: "number", digits });
  });

  it("keeps repeated keys in their order", () => {
    const value = read('{"a":1,"b":2,"a":3}');
    assert.deepEqual(typeof value === "object" && value?.kind === "object" && value.keys, [
      "a",
      "b",
      "a",
    ]);
  });

  it("keeps keys that mean something to JavaScript", () => {
    const value = read('{"__proto__":{"isAdmin":true},"constructor":1,"4294967294":2}');
    assert.deepEqual(typeof value === "object" && value?.kind === "object" && value.keys, [
      "__proto__",
      "constructor",
      "4294967294",
    ]);
    assert.equal(({} as { readonly isAdmin?: boolean }).isAdmin, undefined);
  });

  it("reads every escape, and half a surrogate pair as U+FFFD", () => {
    assert.equal(read(String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`), '"\\/\b\f\n\r\té😀');
    assert.equal(read(String.raw`"a\ud800b\udc00"`), "a\ufffdb\ufffd");
    assert.equal(read(String.raw`"\ud800"`), "\ufffd");
  });

  it("refuses every proper prefix of a document", () => {
    const text = String.raw`{"a":[1,-2.5e3,true,null,{"b":"c\u00e9\n"}],"d":{}}`;
    read(text);
    for (let end = 0; end < text.length; end++) refusal(text.slice(0, end));
  });

  it("names the character where it stopped making sense", () => {
    assert.equal(refusal('{"a":1,}'), 'the JSON makes no sense at character 7: expected "');
    assert.match(refusal("[1 2]"), /at character 3: expected \]/);
    assert.match(refusal("{} {}"), /at character 3: something follows the end/);
  });

  it("refuses a byte order mark and what is not UTF-8", () => {
    assert.match(refusal("\ufeff{}"), /byte order mark/);
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      assert.equal(refusal(Uint8Array.from(bytes)), "the JSON is not valid UTF-8");
    }
  });

  it("bounds depth", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    read(nested(JSON_DEPTH_MAX + 1));
    assert.match(refusal(nested(JSON_DEPTH_MAX + 2)), /nested deeper than 300 levels/);
    assert.match(refusal("[".repeat(1_000_000)), /nested deeper/);
    assert.match(refusal('{"a":'.repeat(1_000_000)), /nested deeper/);
  });

  it("bounds the number of values", () => {
    const empty = Buffer.alloc(3 * JSON_VALUES_MAX, "[],");
    assert.match(refusal(Buffer.concat([Buffer.from("["), empty])), /more than 2000000 values/);
  });
});
