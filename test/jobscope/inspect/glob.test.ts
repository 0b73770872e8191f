import assert from "node:assert/strict";
import fc from "fast-check";
import { globPattern } from "../../../src/jobscope/inspect/glob.js";

describe("globPattern()", () => {
  it("takes * for anything and everything else for itself", () => {
    for (const [glob, text, expected] of [
      ["Charge*", "ChargeJob", true],
      ["Charge*", "Charge", true],
      ["Charge*", "SurCharge", false],
      ["*Job", "ChargeJob", true],
      ["a*a", "a", false],
      ["a*b*c", "aXbXbXc", true],
      ["a*b*c", "acb", false],
      ["**", "", true],
      ["", "", true],
      ["a.c", "abc", false],
      ["*ab*", "a\nab\n", true],
      ["*aab*ab", "aaab", false],
    ] as const)
      assert.equal(globPattern(glob).test(text), expected, `${glob} on ${text}`);
  });

  it("agrees with a regular expression on short texts", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
    const glob = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(glob, text, (pattern, subject) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        assert.equal(globPattern(pattern).test(subject), expression.test(subject));
      }),
    );
  });

  it("takes a megabyte, with stars and without", () => {
    const long = "ab".repeat(500_000);
    assert.equal(globPattern(long).test(long), true);
    assert.equal(globPattern(`${"a*".repeat(20)}c`).test(long), false);
  });
});
