import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createDistribution,
  median,
  percentileOf,
  SKETCH_ERROR,
} from "../../../src/jobscope/model/percentile.js";

const FRACTIONS = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1];

/** The definition, counted out: the smallest value that at least this fraction of all does not exceed. */
function byDefinition(values: readonly number[], fraction: number): number | undefined {
  return [...values]
    .sort((a, b) => a - b)
    .find((value) => values.filter((each) => each <= value).length >= fraction * values.length);
}

describe("percentiles", () => {
  it("are values that are there, by nearest rank", () => {
    const values = [15, 20, 35, 40, 50];
    assert.deepEqual(
      [0.05, 0.3, 0.4, 0.5, 1].map((fraction) => percentileOf(values, fraction)),
      [15, 20, 20, 35, 50],
    );
    assert.equal(percentileOf([], 0.5), undefined);
    assert.equal(median([3, 1, 2, 4]), 2);
  });

  it("are exact while few values were added, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 60 }), (values) => {
        const distribution = createDistribution();
        for (const value of values) distribution.add(value);
        assert.equal(distribution.isExact, true);
        for (const fraction of FRACTIONS)
          assert.equal(distribution.percentile(fraction), byDefinition(values, fraction));
        assert.equal(distribution.max(), Math.max(...values));
      }),
    );
  });

  it("keep to the bound of their error when there were many", () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeNat(), { minLength: 30, maxLength: 300 }),
        fc.nat({ max: 52 }),
        (values, shift) => {
          const smaller = values.map((value) => Math.floor(value / 2 ** shift));
          const distribution = createDistribution(20);
          for (const value of smaller) distribution.add(value);
          assert.equal(distribution.isExact, false);
          assert.equal(distribution.count, smaller.length);
          for (const fraction of FRACTIONS) {
            const truth = byDefinition(smaller, fraction) ?? 0;
            const told = distribution.percentile(fraction) ?? Number.NaN;
            // Rounding to whole numbers adds a half at most.
            assert.ok(
              Math.abs(told - truth) <= truth * SKETCH_ERROR * 1.000001 + 0.5,
              `${told} for ${truth}`,
            );
          }
        },
      ),
    );
  });

  it("of nothing are null", () => {
    assert.equal(createDistribution().percentile(0.5), null);
    assert.equal(createDistribution().max(), null);
  });
});
