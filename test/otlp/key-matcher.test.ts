import assert from "node:assert/strict";
import fc from "fast-check";
import { createKeyMatcher } from "../../src/otlp/key-matcher.js";

describe("createKeyMatcher()", () => {
  const matchIn = (keys: readonly string[], text: string): number => {
    const bytes = Buffer.from(`<${text}>`);
    return createKeyMatcher(keys).match(bytes, 1, bytes.length - 2);
  };

  it("finds exactly the wanted keys, as bytes", () => {
    const keys = fc.uniqueArray(fc.string({ unit: "grapheme", maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 6 }), (wanted, other) => {
        for (const [index, key] of wanted.entries()) assert.equal(matchIn(wanted, key), index);
        assert.equal(matchIn(wanted, other), wanted.indexOf(other));
      }),
    );
  });

  it("tells keys of one length and one end or beginning apart", () => {
    const keys = ["messaging.message_id", "messaging.message.id"];
    assert.equal(matchIn(keys, "messaging.message.id"), 1);
    assert.equal(matchIn(keys, "messaging.message-id"), -1);
    assert.equal(matchIn(keys, "Messaging.message.id"), -1);
  });

  it("finds nothing when nothing is wanted", () => {
    assert.equal(matchIn([], ""), -1);
    assert.equal(matchIn([], "a"), -1);
  });
});
