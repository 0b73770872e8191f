/** Gaps, steps left out, and that neither changes a number. */
import assert from "node:assert/strict";
import { arrangeAttempt } from "../../../../src/jobscope/model/arrange/arrange-document.js";
import {
  type Arrangement,
  DEFAULT_ARRANGEMENT,
} from "../../../../src/jobscope/model/arrange/arrangement.js";
import { buildAttempts } from "../../../../src/jobscope/model/document/build-attempt.js";
import type { Jid } from "../../../../src/jobscope/model/ids.js";
import type { Attempt } from "../../../../src/jobscope/model/job-document.js";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import { DEFAULT_RULES, noSurroundings } from "../../../../src/jobscope/model/surroundings.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, exception, span, sql } from "../span-builder.js";

const MS = 1_000_000;

function attemptFrom(trace: AttemptTrace): Attempt {
  const job = {
    jid: "j" as Jid,
    activeJobId: undefined,
    jobClass: "J",
    queue: undefined,
    stamped: false,
    asOf: unixNano(0n),
    lateSpans: 0,
    unreadBatches: 0,
    enqueues: [],
    attempts: [trace],
    outside: [],
  };
  const [built] = buildAttempts(job, noSurroundings(job.asOf), DEFAULT_RULES);
  return built?.attempt ?? assert.fail();
}

const arranged = (trace: AttemptTrace, changed: Partial<Arrangement> = {}): Attempt =>
  arrangeAttempt(attemptFrom(trace), { ...DEFAULT_ARRANGEMENT, ...changed });

const shown = (attempt: Attempt): readonly string[] =>
  attempt.steps.map(({ kind, title, offset_ns: at, duration_ns: took }) =>
    kind === "gap" ? `gap ${at / MS}+${(took ?? 0) / MS}` : title,
  );

/** An attempt of a second. */
const long = (spans: AttemptTrace["spans"]) => attemptOf(spans, {}, { at: [0, 1000] });

describe("arrangeDocument()", () => {
  it("marks stretches in which no span was open, between the steps they separate", () => {
    const trace = long([
      sql("SELECT * FROM a", [50, 300]),
      sql("SELECT * FROM b", [60, 70]),
      sql("SELECT * FROM c", [450, 999]),
    ]);
    assert.deepEqual(shown(arranged(trace)), [
      "Job started",
      "SELECT a",
      "SELECT b",
      "gap 300+150",
      "SELECT c",
      "Job finished",
    ]);
    const gap = arranged(trace).steps.find(({ kind }) => kind === "gap");
    assert.deepEqual(gap?.detail, {
      type: "gap",
      between: [trace.spans[0]?.spanId, trace.spans[2]?.spanId],
    });
    assert.deepEqual(
      shown(arranged(trace, { gapMin: 0 })).filter((line) => line.startsWith("gap")),
      ["gap 0+50", "gap 300+150", "gap 999+1"],
    );
    assert.equal(shown(arranged(trace, { gapMin: undefined })).length, 5);
  });

  it("counts the gaps between the members of a fold in the fold", () => {
    const trace = long([0, 1, 2].map((at) => sql("SELECT * FROM a", [at * 300, at * 300 + 10])));
    const attempt = arranged(trace);
    assert.deepEqual(shown(attempt), ["Job started", "SELECT a", "gap 610+390", "Job finished"]);
    const fold = attempt.steps[1]?.detail;
    assert.deepEqual(fold?.type === "fold" && [fold.gaps, fold.gaps_ns], [2, 580 * MS]);
  });

  it("keeps the kinds that were asked for, and counts the others", () => {
    const trace = long([
      sql("SELECT * FROM a", [1, 2]),
      span({
        name: "GET",
        at: [3, 4],
        attributes: { "http.request.method": "GET", "server.address": "h" },
      }),
      span({ name: "Thing", kind: "internal", scope: "app", at: [5, 6] }),
      span({
        name: "Bad",
        kind: "internal",
        scope: "app",
        at: [7, 8],
        status: "error",
        events: [exception("E", "m")],
      }),
    ]);
    const db = arranged(trace, { only: ["db"] });
    assert.deepEqual(shown(db), ["Job started", "SELECT a", "Job finished"]);
    assert.deepEqual(db.hidden, [
      { kind: "http", count: 1 },
      { kind: "code", count: 2 },
    ]);
    assert.deepEqual(shown(arranged(trace, { only: ["error", "http"] })), [
      "Job started",
      "HTTP GET http://h",
      "Bad",
      "Job finished",
    ]);
    assert.deepEqual(db.effects, attemptFrom(trace).effects);
  });

  it("leaves out what is shorter than asked for, unless it failed", () => {
    const trace = long([
      sql("SELECT * FROM a", [1, 2]),
      sql("SELECT * FROM b", [3, 30]),
      sql("SELECT * FROM c", [40, 41], { status: "error", events: [exception("E")] }),
    ]);
    const attempt = arranged(trace, { durationMin: 10 * MS, gapMin: undefined });
    assert.deepEqual(shown(attempt), ["Job started", "SELECT b", "SELECT c", "Job finished"]);
    assert.deepEqual(attempt.hidden, [{ kind: "db", count: 1 }]);
  });

  it("changes nothing when it is asked for everything", () => {
    const attempt = attemptFrom(long([sql("SELECT 1 FROM a", [1, 2]), sql("BEGIN", [3, 4])]));
    assert.deepEqual(
      arrangeAttempt(attempt, {
        foldMin: undefined,
        gapMin: undefined,
        only: undefined,
        durationMin: 0,
        full: false,
      }),
      attempt,
    );
  });
});
