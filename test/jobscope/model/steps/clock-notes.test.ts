import assert from "node:assert/strict";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import type { Span } from "../../../../src/jobscope/model/span.js";
import { attemptOf, span, type SpanOptions, sql } from "../span-builder.js";

const WORKER = { "host.name": "worker-1", "process.pid": 1n };
const API = { "host.name": "api-1", "process.pid": 2n };

function notes(
  spans: readonly Span[],
  root: SpanOptions = { resource: WORKER },
): readonly string[] {
  return buildSteps(attemptOf(spans, {}, root), unixNano(0n)).steps.flatMap((step) =>
    step.notes.map(({ text }) => text),
  );
}

describe("doubts about clocks", () => {
  it("says by how much two hosts differ at least, and shifts nothing", () => {
    const call = span({
      id: "call",
      at: [90, 99],
      name: "call",
      kind: "internal",
      resource: WORKER,
    });
    const served = span({
      parent: "call",
      at: [6, 7],
      name: "served",
      kind: "server",
      resource: API,
    });
    assert.deepEqual(notes([served, call]), ["clocks differ by at least 84ms"]);
    const { steps } = buildSteps(attemptOf([served, call], {}, { resource: WORKER }), unixNano(0n));
    assert.equal(steps.find(({ title }) => title === "served")?.offset_ns, 6_000_000);
  });

  it("takes times within one process as they are", () => {
    const call = span({ id: "call", at: [90, 99], kind: "internal", resource: WORKER });
    assert.deepEqual(
      notes([sql("SELECT 1", [6, 7], { parent: "call", resource: WORKER }), call]),
      [],
    );
  });

  it("sees a span before its job as well", () => {
    assert.deepEqual(notes([sql("SELECT 1", [-5, 7], { resource: API })]), [
      "clocks differ by at least 5ms",
    ]);
  });

  it("doubts a span that ends before it begins", () => {
    const [step] = buildSteps(attemptOf([sql("SELECT 1", [7, 6])]), unixNano(0n)).steps.slice(1);
    assert.deepEqual(
      [step?.duration_ns, step?.notes.map(({ code }) => code)],
      [-1_000_000, ["negative_duration"]],
    );
  });

  it("sets apart what lies more than a day outside of the job", () => {
    const day = 24 * 3600 * 1000;
    assert.deepEqual(notes([sql("SELECT 1", [day + 99, day + 100])]), []);
    assert.deepEqual(notes([sql("SELECT 1", [day + 101, day + 102])]), [
      "over 24h outside the job",
    ]);
  });
});
