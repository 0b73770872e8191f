/**
 * One job of very many spans, in the shapes that would be slow if any pass looked at all the others for each: what takes the
 * square of its time does not end before the test does.
 */
import assert from "node:assert/strict";
import { arrangeAttempt } from "../../../../src/jobscope/model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../../../../src/jobscope/model/arrange/arrangement.js";
import { guttersOf } from "../../../../src/jobscope/model/arrange/parallel-groups.js";
import { effectsOf } from "../../../../src/jobscope/model/effects/effects-of.js";
import type { Attempt } from "../../../../src/jobscope/model/job-document.js";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import type { Span } from "../../../../src/jobscope/model/span.js";
import type { Step } from "../../../../src/jobscope/model/step-document.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, span, sql } from "../span-builder.js";

const COUNT = 60_000;

const many = (make: (at: number) => Span): readonly Span[] =>
  Array.from({ length: COUNT }, (_, at) => make(at));

function stepsOf(attempt: AttemptTrace): readonly Step[] {
  return buildSteps(attempt, unixNano(0n)).steps;
}

function arranged(steps: readonly Step[]): readonly Step[] {
  const attempt = { steps, duration_ns: COUNT * 1e6, hidden: [] } as unknown as Attempt;
  return arrangeAttempt(attempt, DEFAULT_ARRANGEMENT).steps;
}

const root = { at: [0, COUNT] as const };

describe("a job of very many spans", () => {
  it("is one line where it does one thing over and over", () => {
    const steps = stepsOf(
      attemptOf(
        many((at) => sql(`SELECT * FROM items WHERE id=${at}`, [at, at + 0.9])),
        {},
        root,
      ),
    );
    const [, fold] = arranged(steps);
    assert.deepEqual([fold?.title, fold?.result], ["SELECT items WHERE id=?", "×60,000"]);
  }).timeout(20_000);

  it("keeps every step where each is another", () => {
    const steps = stepsOf(
      attemptOf(
        many((at) => sql(`SELECT * FROM t${at} WHERE id=1`, [at, at + 0.9])),
        {},
        root,
      ),
    );
    assert.equal(arranged(steps).length, COUNT + 2);
    assert.equal(effectsOf(steps).tables.length, COUNT);
  }).timeout(20_000);

  it("has a lane for each of those that run at the same time", () => {
    const steps = stepsOf(
      attemptOf(
        many((at) => sql(`SELECT ${at % 7}`, [at / 1000, COUNT - at / 1000])),
        {},
        root,
      ),
    );
    assert.equal(Math.max(...steps.slice(1, 1000).map(({ lane }) => lane)), 998);
    assert.equal(guttersOf(steps).size, COUNT);
  }).timeout(20_000);

  it("is as deep as its spans, and ends where they are a circle", () => {
    const deep = many((at) =>
      span({ id: `d${at}`, parent: `d${at - 1}`, kind: "internal", at: [at / 1000, COUNT] }),
    );
    assert.equal(stepsOf(attemptOf(deep, {}, root)).at(-2)?.depth, COUNT - 1);
    const circle = many((at) =>
      span({
        id: `c${at}`,
        parent: `c${(at + 1) % COUNT}`,
        kind: "internal",
        at: [at / 1000, COUNT],
      }),
    );
    assert.equal(stepsOf(attemptOf(circle, {}, root)).length, COUNT + 2);
  }).timeout(20_000);

  it("tells each transaction, each savepoint and each that was left open", () => {
    const savepoints = ["SAVEPOINT s", "INSERT INTO a (x) VALUES (1)", "ROLLBACK TO s"];
    const nested = stepsOf(
      attemptOf(
        many((at) => sql(at === 0 ? "BEGIN" : (savepoints[at % 3] ?? ""), [at, at + 0.9])),
        {},
        root,
      ),
    );
    assert.equal(effectsOf(nested).tables[0]?.outcome, "mixed");
    const begun = stepsOf(
      attemptOf(
        many((at) => sql("BEGIN", [at, at + 0.9])),
        {},
        root,
      ),
    );
    assert.equal(begun.length, COUNT + 2);
  }).timeout(20_000);

  it("names each job that it enqueued, once", () => {
    const pushes = Object.fromEntries(
      Array.from({ length: COUNT }, (_, at) => [
        `p${at}`,
        { kind: "job", jid: `jid${at}`, jobClass: "ChildJob", queue: "" } as const,
      ]),
    );
    const steps = stepsOf(
      attemptOf(
        many((at) =>
          span({ id: `p${at}`, kind: "producer", scope: "Sidekiq", at: [at, at + 0.1] }),
        ),
        pushes,
        root,
      ),
    );
    assert.equal(effectsOf(steps).jobs[0]?.jids.length, COUNT);
    assert.equal(arranged(steps)[1]?.title, "ENQUEUE ChildJob");
  }).timeout(20_000);
});
