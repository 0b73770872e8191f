import assert from "node:assert/strict";
import type { SpanId } from "../../../../src/jobscope/model/ids.js";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, sql } from "../span-builder.js";

const LOST = "4fd1a2b3c4d5e6f7" as SpanId;

const attempt: AttemptTrace = {
  ...attemptOf([
    sql("SELECT 1", [5, 6]),
    sql("SELECT 2", [10, 11], { id: "x", parent: LOST }),
    sql("SELECT 3", [12, 13], { parent: LOST }),
  ]),
  missingParents: [LOST],
};

const shown = (of: AttemptTrace) =>
  buildSteps(of, unixNano(0n)).steps.map(({ title, depth, parent_id: parent }) => [
    title,
    depth,
    parent,
  ]);

describe("a parent that was named and never came", () => {
  it("keeps its place, where the first of its children begins", () => {
    assert.deepEqual(shown(attempt).slice(1, -1), [
      ["SELECT 1", 0, "root"],
      ["(span 4fd1… not received)", 0, null],
      ["SELECT 2", 1, LOST],
      ["SELECT 3", 1, LOST],
    ]);
  });

  it("is not put above the steps of an attempt whose own span never came: it may be that one", () => {
    assert.deepEqual(
      shown({ ...attempt, root: undefined }).map(([title]) => title),
      ["SELECT 1", "SELECT 2", "SELECT 3"],
    );
  });
});
