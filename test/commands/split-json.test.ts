import assert from "node:assert/strict";
import fc from "fast-check";
import { createJsonSplitter } from "../../src/commands/split-json.js";

const MAX = 1000;

/** The text in chunks of this size. */
function split(text: string, chunkBytes: number): readonly string[] {
  const splitter = createJsonSplitter(MAX);
  const bytes = Buffer.from(text);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    pieces.push(...splitter.add(bytes.subarray(at, at + chunkBytes)));
  pieces.push(...splitter.end());
  return pieces.map((piece) =>
    piece.kind === "value"
      ? piece.bytes.toString()
      : piece.kind === "malformed"
        ? `! ${piece.reason}`
        : "! too large",
  );
}

describe("createJsonSplitter()", () => {
  it("gives back objects as they stand, however the text is cut", () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        objects,
        fc.constantFrom("\n", "", ",", " \r\n\n", ",\n"),
        fc.constantFrom(undefined, 2),
        fc.integer({ min: 1, max: 40 }),
        (values, between, indent, chunkBytes) => {
          const texts = values
            .map((value) => JSON.stringify(value, null, indent))
            .filter((text) => Buffer.byteLength(text) <= MAX);
          assert.deepEqual(split(texts.join(between), chunkBytes), texts);
          assert.deepEqual(split(`[${texts.join(",")}]`, chunkBytes), texts);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("names a line that holds none and goes on behind it", () => {
    assert.deepEqual(split('{"a":1}\nnonsense {"b":2}\n{"c":3}\n', 5), [
      '{"a":1}',
      "! line 2 holds no JSON object",
      '{"c":3}',
    ]);
  });

  it("says that the last one is cut off", () => {
    assert.deepEqual(split('{"a":1}\n{"b":"}', 4), ['{"a":1}', "! its last request is cut off"]);
  });

  it("reads on no further than what one may have", () => {
    assert.deepEqual(split(`{"a":"${"x".repeat(2 * MAX)}"}\n{"b":1}`, 100), ["! too large"]);
  });
});
