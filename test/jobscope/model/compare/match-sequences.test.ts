import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EDITS_MAX,
  matchSequences,
} from "../../../../src/jobscope/model/compare/match-sequences.js";

/** The length of a longest common subsequence by the table that everybody knows. */
function lengthByTable(a: readonly string[], b: readonly string[]): number {
  let previous: number[] = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    const row = [0];
    for (const [j, other] of b.entries())
      row.push(
        word === other ? (previous[j] ?? 0) + 1 : Math.max(previous[j + 1] ?? 0, row[j] ?? 0),
      );
    previous = row;
  }
  return previous[b.length] ?? 0;
}

function assertMatches(a: readonly string[], b: readonly string[]): number {
  const { partner } = matchSequences(a, b);
  let last = -1;
  let count = 0;
  for (const [i, j] of partner.entries()) {
    if (j === -1) continue;
    assert.equal(a[i], b[j]);
    assert.ok(j > last, "partners ascend");
    last = j;
    count++;
  }
  return count;
}

describe("matchSequences()", () => {
  it("finds a longest common subsequence, as the quadratic table does", () => {
    const word = fc.constantFrom("a", "b", "c", "d");
    const words = fc.array(word, { maxLength: 40 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        assert.equal(assertMatches(a, b), lengthByTable(a, b));
        assert.equal(matchSequences(a, b).longest, true);
      }),
      { numRuns: 2000 },
    );
  });

  it("matches everything with itself and nothing with what shares no word", () => {
    const many = Array.from({ length: 200_000 }, (_, at) => `step ${at % 7}`);
    assert.equal(assertMatches(many, many), many.length);
    assert.equal(
      assertMatches(
        many,
        many.map((each) => `other ${each}`),
      ),
      0,
    );
    assert.deepEqual([...matchSequences([], many).partner], []);
  });

  it("stays bounded where 200,000 steps differ everywhere, and says that it did not find the best", () => {
    // Two orders of the same words: everything is shared, nothing is in its place.
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647);
    const shuffled = (): string[] => Array.from({ length: 200_000 }, () => `step ${random() % 50}`);
    const [a, b] = [shuffled(), shuffled()];
    const { longest } = matchSequences(a, b);
    assert.equal(longest, false);
    assert.ok(assertMatches(a, b) > 200_000 / 50);
  });

  it("is exact up to the cap", () => {
    const a = Array.from({ length: 2 * EDITS_MAX - 2 }, () => ["x", "y"]).flat();
    const b = a.filter((_, at) => at % 4 !== 0);
    const { longest } = matchSequences(a, b);
    assert.equal(longest, true);
    assert.equal(assertMatches(a, b), b.length);
  });
});
