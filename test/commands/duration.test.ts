/** Lengths of time in options, by table. */
import assert from "node:assert/strict";
import { durationOption, durationText } from "../../src/commands/duration.js";
import { durationNano } from "../../src/jobscope/model/time.js";
import { UsageError } from "../../src/commands/usage-error.js";

describe("durationOption()", () => {
  for (const [text, seconds] of [
    ["30d", 2_592_000n],
    ["12h", 43_200n],
    ["90m", 5400n],
    ["1s", 1n],
    ["0007d", 604_800n],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.equal(durationOption(text, "--keep"), durationNano(seconds * 1_000_000_000n));
    });
  }

  for (const text of [
    "",
    "30",
    "d",
    "0d",
    "-1d",
    "1.5h",
    "30 d",
    "30D",
    "1w",
    "1234567d",
    "1d\n",
  ]) {
    it(`names ${JSON.stringify(text)} and what is expected`, () => {
      assert.throws(
        () => durationOption(text, "--keep"),
        new UsageError(`--keep=${text} is not a length of time: write it like 30d, 12h or 90m`),
      );
    });
  }
});

describe("durationText()", () => {
  for (const [text, shown] of [
    ["30d", "30d"],
    ["24h", "1d"],
    ["36h", "36h"],
    ["90m", "90m"],
    ["120m", "2h"],
    ["61s", "61s"],
  ] as const) {
    it(`writes ${text} as ${shown}`, () => {
      assert.equal(durationText(durationOption(text, "--keep")), shown);
    });
  }
});
