import assert from "node:assert/strict";
import fc from "fast-check";
import { displayWidth, padEnd, padStart, truncate } from "../../../src/jobscope/inspect/layout.js";
import { asciiSigns, safeText } from "../../../src/jobscope/inspect/safe-text.js";
import { styleFor } from "../../../src/jobscope/inspect/style.js";
import { wrap } from "../../../src/jobscope/inspect/wrap.js";

describe("displayWidth()", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["abc", 3],
    ["é → ✗ ×3 … █", 12],
    ["日本", 4],
    ["e\u0301", 1],
    ["🚀", 2],
    ["", 0],
  ];
  for (const [text, width] of cases) {
    it(`is ${width} for ${JSON.stringify(text)}`, () => {
      assert.equal(displayWidth(text), width);
    });
  }
});

describe("truncate()", () => {
  it("never makes a text wider than asked, and leaves one that fits", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 2, max: 40 }),
        (text, width) => {
          const cut = truncate(safeText(text), width);
          assert.ok(displayWidth(cut) <= width, `${cut} is ${displayWidth(cut)} wide`);
          if (displayWidth(safeText(text)) <= width) assert.equal(cut, safeText(text));
        },
      ),
    );
  });

  it("shows that something is missing", () => {
    assert.equal(truncate("SELECT users WHERE id=1", 10), "SELECT us…");
  });
});

describe("padStart() and padEnd()", () => {
  it("count cells, not characters", () => {
    assert.deepEqual([padEnd("日", 4), padStart("日", 4)], ["日  ", "  日"]);
  });
});

describe("wrap()", () => {
  it("breaks at spaces, indents, and breaks nothing when there is no width", () => {
    assert.deepEqual(wrap("aa bb cc", 7, "> ", "  "), ["> aa bb", "  cc"]);
    assert.deepEqual(wrap("aa bb cc", undefined, "> ", "  "), ["> aa bb cc"]);
  });
});

describe("safeText()", () => {
  it("spells out what could drive a terminal and keeps the rest", () => {
    assert.equal(
      safeText("a\x1b[31m\n\u202eb\u200b é日"),
      "a\\x1b[31m\\x0a\\u{202e}b\\u{200b} é日",
    );
    assert.equal(safeText("\ud800"), "\\u{d800}");
  });

  it("leaves our own signs to asciiSigns()", () => {
    assert.equal(asciiSigns("✗ ×3 … → █"), "x x3 ... -> #");
  });
});

describe("displayWidth() and truncate() of long texts", () => {
  it("agree with the segments of the whole text, wherever it is taken apart", () => {
    const cluster = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}";
    for (let before = 240; before < 262; before++) {
      const text = `${"a".repeat(before)}${cluster}e\u0301\u540d${"b".repeat(300)}`;
      assert.equal(displayWidth(text), before + 2 + 1 + 2 + 300);
      assert.equal(truncate(text, before + 4), `${"a".repeat(before)}${cluster}e\u0301…`);
    }
  });

  it("take a moment for a megabyte", () => {
    const text = "\u00e9\u540d ".repeat(333_000);
    const begin = performance.now();
    assert.equal(displayWidth(text), 4 * 333_000);
    assert.equal(displayWidth(truncate(text, 20)), 20);
    assert.ok(performance.now() - begin < 5000);
  });
});

describe("styleFor()", () => {
  const colours = (
    choice: "auto" | "always" | "never",
    env: Record<string, string>,
    isTerminal: boolean,
  ): boolean => styleFor(choice, env, isTerminal).error("x") !== "x";

  it("colours a terminal unless it is told not to", () => {
    assert.deepEqual(
      [
        colours("auto", {}, true),
        colours("auto", {}, false),
        colours("auto", { NO_COLOR: "1" }, true),
        colours("auto", { TERM: "dumb" }, true),
        colours("auto", { FORCE_COLOR: "1" }, false),
        colours("auto", { CLICOLOR_FORCE: "1" }, false),
        colours("always", { NO_COLOR: "1" }, false),
        colours("never", { FORCE_COLOR: "1" }, true),
      ],
      [true, false, false, false, true, true, true, false],
    );
  });
});
