import assert from "node:assert/strict";
import {
  formatClock,
  formatDate,
  formatDuration,
  formatOffset,
  isTimeZone,
} from "../../../src/jobscope/inspect/time-words.js";

const MS = 1_000_000;
const SECOND = 1000 * MS;

describe("formatOffset()", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0ms"],
    [999_999, "0ms"],
    [25 * MS, "25ms"],
    [999.999 * MS, "999ms"],
    [1000 * MS, "1.00s"],
    [1259 * MS, "1.25s"],
    [59_999 * MS, "59.99s"],
    [60 * SECOND, "1m00s"],
    [192 * SECOND, "3m12s"],
    [3599.9 * SECOND, "59m59s"],
    [7500 * SECOND, "2h05m"],
    [-2.1 * MS, "-3ms"],
  ];
  for (const [nanos, text] of cases) {
    it(`rounds ${nanos} ns down to ${text}`, () => {
      assert.equal(formatOffset(nanos), text);
    });
  }
});

describe("formatDuration()", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "<1ms"],
    [999_999, "<1ms"],
    [MS, "1ms"],
    [1.5 * MS, "2ms"],
    [999.4 * MS, "999ms"],
    [999.6 * MS, "1.00s"],
    [1.044 * SECOND, "1.04s"],
    [59.996 * SECOND, "1m00s"],
    [192 * SECOND, "3m12s"],
    [3599.6 * SECOND, "1h00m"],
    [-1, "?"],
  ];
  for (const [nanos, text] of cases) {
    it(`rounds ${nanos} ns to ${text}`, () => {
      assert.equal(formatDuration(nanos), text);
    });
  }
});

describe("clock times", () => {
  const instant = "2026-03-03T23:14:02.031999999Z";
  it("are in the zone that was asked for", () => {
    assert.deepEqual(
      [formatDate(instant, "UTC"), formatClock(instant, "UTC")],
      ["2026-03-03", "23:14:02"],
    );
    assert.deepEqual(
      [formatDate(instant, "Asia/Tokyo"), formatClock(instant, "Asia/Tokyo", true)],
      ["2026-03-04", "08:14:02.031"],
    );
  });

  it("know which zones there are", () => {
    assert.deepEqual(["UTC", "local", "Europe/Berlin", "Mars/Olympus"].map(isTimeZone), [
      true,
      true,
      true,
      false,
    ]);
  });
});
