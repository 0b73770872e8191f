import assert from "node:assert/strict";
import { leftBehindLine } from "../../../../src/jobscope/model/effects/left-behind-line.js";
import { effectsLine } from "../../../../src/jobscope/model/effects/effects-line.js";
import { effectsOf } from "../../../../src/jobscope/model/effects/effects-of.js";
import { leftBehind } from "../../../../src/jobscope/model/effects/left-behind.js";
import { mergeEffects } from "../../../../src/jobscope/model/effects/merge-effects.js";
import type { Effects } from "../../../../src/jobscope/model/effects-document.js";
import type { Span } from "../../../../src/jobscope/model/span.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, exception, span, sql } from "../span-builder.js";

const stepsOf = (spans: readonly Span[]) => buildSteps(attemptOf(spans), unixNano(0n)).steps;
const effects = (spans: readonly Span[]): Effects => effectsOf(stepsOf(spans));
const rows = (count: bigint) => ({ attributes: { "db.response.affected_rows": count } });
const call = (method: string, at: readonly [number, number], status?: bigint) =>
  span({
    scope: "Net::HTTP",
    at,
    attributes: {
      "http.request.method": method,
      "server.address": "billing",
      "url.path": "/charge",
      ...(status === undefined ? {} : { "http.response.status_code": status }),
    },
  });

describe("effectsOf()", () => {
  it("counts rows where every statement recorded them, and statements where one did not", () => {
    const recorded = effects([
      sql("INSERT INTO a (x) VALUES (1)", [1, 2], rows(500n)),
      sql("INSERT INTO a (x) VALUES (1)", [3, 4], rows(1n)),
    ]);
    assert.deepEqual(recorded.tables[0]?.inserts, { statements: 2, rows: 501 });
    const mixed = effects([
      sql("INSERT INTO a (x) VALUES (1)", [1, 2], rows(500n)),
      sql("INSERT INTO a (x) VALUES (1)", [3, 4]),
    ]);
    assert.deepEqual(mixed.tables[0]?.inserts, { statements: 2, rows: null });
    assert.equal(effectsLine(mixed, false), "a 2 statements inserted (committed)");
  });

  it("tells reads from writes, and the table that is written from those that are read", () => {
    const { tables } = effects([
      sql("INSERT INTO a SELECT * FROM b", [1, 2]),
      sql("SELECT * FROM c", [3, 4]),
      sql("DELETE FROM d", [5, 6]),
    ]);
    assert.deepEqual(
      tables.map(({ table, reads, inserts, deletes, outcome }) => [
        table,
        reads,
        inserts.statements,
        deletes.statements,
        outcome,
      ]),
      [
        ["a", 0, 1, 0, "committed"],
        ["d", 0, 0, 1, "committed"],
        ["b", 1, 0, 0, null],
        ["c", 1, 0, 0, null],
      ],
    );
  });

  it("counts mail that was delivered, and not the making of its text", () => {
    const mail = (name: string) =>
      span({ name, kind: "internal", scope: "ActionMailer", attributes: { mailer: "UserMailer" } });
    const found = effects([mail("process.action_mailer"), mail("deliver.action_mailer")]);
    assert.equal(found.mail.count, 1);
    assert.equal(effectsLine(found, false), "1 mail sent");
  });

  it("says that nothing was written where tables were only read", () => {
    assert.equal(effectsLine(effects([sql("SELECT * FROM a", [1, 2])]), false), "no writes");
  });

  it("does not count a statement that failed as a change", () => {
    const { tables, errors } = effects([
      sql("INSERT INTO a (x) VALUES (1)", [1, 2], {
        status: "error",
        events: [exception("PG::UniqueViolation")],
      }),
    ]);
    assert.deepEqual([tables, errors], [[], 1]);
  });

  it("calls a table mixed when part of its writes was rolled back", () => {
    const { tables } = effects([
      sql("UPDATE a SET x=1", [1, 2]),
      sql("BEGIN", [3, 4]),
      sql("UPDATE a SET x=2", [5, 6]),
      sql("ROLLBACK", [7, 8]),
    ]);
    assert.equal(tables[0]?.outcome, "mixed");
  });

  it("counts calls by method and host with their statuses, and those without an answer as failed", () => {
    const { http } = effects([
      call("POST", [1, 2], 201n),
      call("POST", [3, 4], 500n),
      call("POST", [5, 6]),
      call("GET", [7, 8], 200n),
    ]);
    assert.deepEqual(
      http.map(({ method, calls, statuses, failed }) => [method, calls, statuses, failed]),
      [
        ["GET", 1, { 200: 1 }, 0],
        ["POST", 3, { 201: 1, 500: 1 }, 2],
      ],
    );
    assert.equal(effectsLine(effects([call("POST", [1, 2], 201n)]), false), "billing 1 POST");
  });

  it("says what there was none of when there is room", () => {
    assert.equal(
      effectsLine(effects([]), true),
      "no writes; no HTTP; no Redis; no jobs enqueued; no errors",
    );
    assert.equal(effectsLine(effects([]), false), "");
  });
});

describe("leftBehind()", () => {
  it("is what was committed, what was called to change something, and nothing else", () => {
    const left = leftBehind(
      stepsOf([
        sql("BEGIN", [1, 2]),
        sql("INSERT INTO a (x) VALUES (1)", [2, 3]),
        sql("COMMIT", [3, 4]),
        sql("BEGIN", [5, 6]),
        sql("INSERT INTO b (x) VALUES (1)", [6, 7]),
        sql("ROLLBACK", [7, 8]),
        sql("SELECT * FROM c", [9, 10]),
        call("GET", [11, 12]),
        call("POST", [13, 14]),
      ]),
    );
    assert.deepEqual(
      [left.tables.map(({ table }) => table), left.http.map(({ method }) => method), left.errors],
      [["a"], ["POST"], 0],
    );
  });
});

describe("mergeEffects()", () => {
  it("adds up attempts", () => {
    const one = effects([
      sql("INSERT INTO a (x) VALUES (1)", [1, 2], rows(1n)),
      call("POST", [3, 4], 201n),
    ]);
    const both = mergeEffects([one, one]);
    assert.deepEqual(
      [both.tables[0]?.inserts, both.http[0]?.calls, both.http[0]?.statuses],
      [{ statements: 2, rows: 2 }, 2, { 201: 2 }],
    );
  });
});

describe("leftBehindLine()", () => {
  const call = (status: number | undefined, path = "/charge") =>
    span({
      at: [1, 2],
      scope: "Net::HTTP",
      attributes: {
        "http.request.method": "POST",
        "url.full": `https://billing.internal${path}`,
        ...(status === undefined ? {} : { "http.response.status_code": BigInt(status) }),
      },
    });

  it("says of each call where it went and what came back, for nobody knows of one without an answer", () => {
    assert.equal(
      leftBehindLine(effects([call(undefined)])),
      "billing.internal POST /charge, 1 call, no response recorded",
    );
    assert.equal(
      leftBehindLine(effects([call(201), call(201), call(503), call(undefined)])),
      "billing.internal POST /charge, 4 calls, 201 ×2, 503, 1 without a response",
    );
  });

  it("tells some kinds of call and counts the others", () => {
    const line = leftBehindLine(
      effects(["a", "b", "c", "d", "e", "f", "g"].map((p) => call(200, `/${p}`))),
    );
    assert.ok(line.endsWith("POST /e, 1 call, 200; 2 more calls"), line);
  });
});
