import assert from "node:assert/strict";
import { messagePattern } from "../../../../src/jobscope/model/errors/message-pattern.js";

describe("the pattern of a message", () => {
  const cases: readonly (readonly [message: string, pattern: string])[] = [
    ["Order 42 of 'ann'", "Order ? of ?"],
    ['constraint "index_a_on_b"', "constraint ?"],
    ["can't find 'x', won't retry", "can't find ?, won't retry"],
    ["undefined method `charge' for nil", "undefined method ? for nil"],
    ["undefined method 'charge' for nil", "undefined method ? for nil"],
    ["#<X:0x00007f3A>", "#<X:?>"],
    ["job 3f2b8c1d-aaaa-bbbb-cccc-deadbeef0123 is gone", "job ? is gone"],
    ["commit deadbeefcafe is gone", "commit ? is gone"],
    ["the facade is gone", "the facade is gone"],
    ["execution expired", "execution expired"],
  ];
  for (const [message, pattern] of cases)
    it(message, () => {
      assert.equal(messagePattern(message), pattern);
    });

  it("of a huge message is made in no time", () => {
    const begin = performance.now();
    for (const part of ["'a", '"', "0x", "1-", "`x"]) messagePattern(part.repeat(500_000));
    assert.ok(performance.now() - begin < 1000);
  });
});
