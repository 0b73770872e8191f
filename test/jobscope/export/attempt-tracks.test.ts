import assert from "node:assert/strict";
import fc from "fast-check";
import { attemptTracks } from "../../../src/jobscope/export/attempt-tracks.js";
import type { Attempt } from "../../../src/jobscope/model/job-document.js";
import type { Step } from "../../../src/jobscope/model/step-document.js";

interface Drawn {
  readonly from: number;
  readonly length: number;
  readonly parent: number;
}

const drawn = fc.array(
  fc.record({
    from: fc.integer({ min: -20, max: 120 }),
    length: fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 60 })),
    parent: fc.integer({ min: 0, max: 30 }),
  }),
  { maxLength: 30 },
);

/** An attempt of 100 with these steps, each under one before it or under the attempt, in time order as documents are. */
function attemptOf(steps: readonly Drawn[]): Attempt {
  const made = steps.map(({ from, length, parent }, at) => ({
    id: `s${at}`,
    parent_id: parent < at ? `s${parent}` : "root",
    depth: 0,
    kind: "db",
    offset_ns: from,
    duration_ns: length,
    title: `s${at}`,
  })) as unknown as Step[];
  made.sort((a, b) => a.offset_ns - b.offset_ns || (b.duration_ns ?? 0) - (a.duration_ns ?? 0));
  return { duration_ns: 100, steps: made } as unknown as Attempt;
}

describe("attemptTracks()", () => {
  it("keeps every step once, in slices that nest, whatever overlaps", () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom(1, 7), (steps, unit) => {
        const tracks = attemptTracks(attemptOf(steps), (offset) => Math.floor(offset / unit));
        const titles = tracks.flatMap(({ slices }) => slices.map(({ step }) => step?.title ?? ""));
        assert.deepEqual(titles.sort(), ["", ...steps.map((_, at) => `s${at}`)].sort());
        for (const { slices } of tracks) {
          const open: number[] = [];
          let time = Number.NEGATIVE_INFINITY;
          for (const { start, end } of slices) {
            assert.ok(start >= time && end >= start);
            time = start;
            while (open.length > 0 && (open.at(-1) ?? 0) < start) open.pop();
            const around = open.at(-1);
            if (around !== undefined && around > start) assert.ok(end <= around);
            open.push(end);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("needs no second track for what runs one after another, also inside", () => {
    const steps = [
      { from: 0, length: 40, parent: 99 },
      { from: 0, length: 20, parent: 0 },
      { from: 20, length: 20, parent: 0 },
      { from: 40, length: 60, parent: 99 },
    ];
    assert.equal(attemptTracks(attemptOf(steps), (offset) => offset).length, 1);
  });

  it("puts a sibling that runs at the same time beside, and never into the other", () => {
    const steps = [
      { from: 0, length: 50, parent: 99 },
      { from: 10, length: 10, parent: 99 },
    ];
    const tracks = attemptTracks(attemptOf(steps), (offset) => offset);
    assert.deepEqual(
      tracks.map(({ slices }) => slices.map(({ step }) => step?.id ?? "attempt")),
      [["attempt", "s0"], ["s1"]],
    );
  });
});
