import assert from "node:assert/strict";
import fc from "fast-check";
import { safeJsonParts } from "../../../src/jobscope/inspect/json-parts.js";
import { safeJson } from "../../../src/jobscope/inspect/safe-text.js";

describe("safeJsonParts()", () => {
  it("is the text that would be made at once", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        assert.equal([...safeJsonParts(value)].join("\n"), safeJson(value, 2));
      }),
      { numRuns: 500 },
    );
  });

  it("leaves out what is undefined, and is empty where nothing is left", () => {
    for (const value of [{ a: undefined, b: 1 }, { a: undefined }, [], {}, [undefined], [[], {}]])
      assert.equal([...safeJsonParts(value)].join("\n"), safeJson(value, 2));
  });

  it("lets no control character of a key or a value through", () => {
    const text = [...safeJsonParts({ "\x9b\u202e": [{ "\x1b": "\x9b" }] })].join("\n");
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it("gives each step of a document by itself", () => {
    const document = {
      attempts: [
        {
          steps: [
            { id: "a", notes: [] },
            { id: "b", notes: [] },
          ],
        },
      ],
    };
    const parts = [...safeJsonParts(document)];
    assert.ok(parts.includes('        {\n          "id": "a",\n          "notes": []\n        },'));
  });
});
