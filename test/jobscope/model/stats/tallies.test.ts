/** Sums over many jobs: buckets, bounds of what is kept. */
import assert from "node:assert/strict";
import type { Attempt } from "../../../../src/jobscope/model/job-document.js";
import type { Step } from "../../../../src/jobscope/model/step-document.js";
import { createHalfDecades } from "../../../../src/jobscope/model/stats/half-decades.js";
import { createClassTallies } from "../../../../src/jobscope/model/stats/tally-classes.js";
import { createStepTally } from "../../../../src/jobscope/model/stats/tally-steps.js";
import type { CountedJob } from "../../../../src/jobscope/model/stats/tally-jobs.js";

const JOB: CountedJob = {
  class: "A",
  state: "completed",
  attempts: 1,
  interruptions: 0,
  duration_ns: 5,
  wait_ns: null,
};

function step(fingerprint: string, from: number, to: number, title = fingerprint): Step {
  return {
    id: fingerprint,
    parent_id: null,
    depth: 0,
    lane: 0,
    kind: "code",
    offset_ns: from,
    duration_ns: to - from,
    self_ns: to - from,
    status: "ok",
    title,
    result: null,
    fingerprint,
    detail: null,
    library: null,
    notes: [],
    attributes: null,
  };
}

/** What is counted of an attempt. */
function attempt(took: number | null, steps: readonly Step[]): Attempt {
  const counted: Pick<Attempt, "duration_ns" | "steps"> = { duration_ns: took, steps };
  return counted as Attempt;
}

describe("half-decades", () => {
  it("have fixed bounds, which belong to the bucket below them", () => {
    const buckets = createHalfDecades();
    for (const length of [0, 1_000_000, 1_000_001, 3_162_278, 3_162_279, 10 ** 14, 10 ** 14 + 1])
      buckets.add(length);
    const counts = buckets.buckets();
    assert.deepEqual(
      counts.slice(0, 4).map(({ up_to_ns: bound, jobs }) => [bound, jobs]),
      [
        [1_000_000, 2],
        [3_162_278, 2],
        [10_000_000, 1],
        [31_622_777, 0],
      ],
    );
    assert.deepEqual(counts.slice(-2), [
      { up_to_ns: 10 ** 14, jobs: 1 },
      { up_to_ns: null, jobs: 1 },
    ]);
  });
});

describe("tallies of classes", () => {
  it("keep so many classes and count the jobs of others", () => {
    const tallies = createClassTallies(2);
    for (const name of ["A", "B", "C", "A", "D", null]) tallies.add({ ...JOB, class: name });
    assert.deepEqual(
      tallies.classes().map(({ class: name, jobs }) => [name, jobs]),
      [
        ["A", 2],
        ["B", 1],
      ],
    );
    assert.equal(tallies.others, 3);
    assert.equal(tallies.read("C"), undefined);
  });
});

describe("where the time goes", () => {
  it("counts what ran at the same time for each step, and once for the job", () => {
    const tally = createStepTally();
    tally.add(attempt(100, [step("a", 10, 60), step("b", 20, 80), step("late", 95, 130)]));
    const { own, steps, overlap_ns: overlap } = tally.table(10);
    assert.deepEqual([own.total_ns, own.share], [25, 0.25]);
    assert.deepEqual(
      steps.map(({ fingerprint, total_ns: total }) => [fingerprint, total]),
      [
        ["b", 60],
        ["a", 50],
        ["late", 35],
      ],
    );
    assert.equal(overlap, 70);
  });

  it("leaves out attempts without an end, and keeps so many steps", () => {
    const tally = createStepTally(2);
    tally.add(undefined);
    tally.add(attempt(null, [step("a", 0, 10)]));
    tally.add(attempt(100, [step("a", 0, 10), step("b", 10, 40), step("c", 40, 45)]));
    const table = tally.table(1);
    assert.deepEqual([table.jobs, table.total_ns], [1, 100]);
    assert.deepEqual(
      table.steps.map(({ fingerprint }) => fingerprint),
      ["b"],
    );
    assert.deepEqual(table.omitted, { steps: 2, total_ns: 15 });
  });

  it("tells apart steps of one name by what their titles have in common", () => {
    const tally = createStepTally();
    tally.add(
      attempt(10, [
        step("a", 0, 1, "go 1 x"),
        step("a", 1, 2, "go 2 x"),
        step("b", 2, 3, "go 1 x"),
      ]),
    );
    assert.deepEqual(
      tally.table(10).steps.map(({ name, count }) => [name, count]),
      [
        ["go ? x", 2],
        ["go 1 x", 1],
      ],
    );
  });
});
