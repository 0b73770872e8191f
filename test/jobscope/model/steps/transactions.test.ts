import assert from "node:assert/strict";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import type { Span } from "../../../../src/jobscope/model/span.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, span, type SpanOptions, sql } from "../span-builder.js";

const stepsOf = (attempt: AttemptTrace) => buildSteps(attempt, unixNano(0n)).steps;

/** Of each statement: its verb and table, and what became of it. */
function outcomes(spans: readonly Span[]): readonly string[] {
  return stepsOf(attemptOf(spans)).flatMap(({ detail }) =>
    detail?.type === "db"
      ? [`${[detail.verb, ...detail.tables].join(" ")}: ${detail.outcome.replaceAll("_", " ")}`]
      : [],
  );
}

/** Statements a millisecond each, one after the other. */
function inTurn(
  ...statements: readonly (string | readonly [string, SpanOptions])[]
): readonly Span[] {
  return statements.map((each, at) => {
    const [statement, options] = typeof each === "string" ? [each, {}] : each;
    return sql(statement, [2 * at + 1, 2 * at + 2], options);
  });
}

const insert = (table: string): string => `INSERT INTO ${table} (x) VALUES (1)`;

describe("transactions", () => {
  it("tells what was committed, rolled back, never ended, and outside of any", () => {
    assert.deepEqual(
      outcomes(
        inTurn(
          insert("a"),
          "BEGIN",
          insert("b"),
          "COMMIT",
          "BEGIN",
          insert("c"),
          "ROLLBACK",
          "BEGIN",
          insert("d"),
        ),
      ),
      [
        "INSERT a: autocommit",
        "BEGIN: committed",
        "INSERT b: committed",
        "COMMIT: committed",
        "BEGIN: rolled back",
        "INSERT c: rolled back",
        "ROLLBACK: rolled back",
        "BEGIN: no end recorded",
        "INSERT d: no end recorded",
      ],
    );
  });

  it("undoes what came after a savepoint that was rolled back to, and nothing else", () => {
    assert.deepEqual(
      outcomes(
        inTurn(
          "BEGIN",
          insert("a"),
          "SAVEPOINT active_record_1",
          insert("b"),
          "SAVEPOINT active_record_2",
          insert("c"),
          "RELEASE SAVEPOINT active_record_2",
          "ROLLBACK TO SAVEPOINT active_record_1",
          insert("d"),
          "COMMIT",
        ),
      ).filter((text) => text.startsWith("INSERT")),
      [
        "INSERT a: committed",
        "INSERT b: rolled back",
        "INSERT c: rolled back",
        "INSERT d: committed",
      ],
    );
  });

  it("takes the newest savepoint where a name is used again", () => {
    assert.deepEqual(
      outcomes(
        inTurn(
          "BEGIN",
          "SAVEPOINT s",
          insert("a"),
          "SAVEPOINT s",
          insert("b"),
          "ROLLBACK TO s",
          "COMMIT",
        ),
      ).filter((text) => text.startsWith("INSERT")),
      ["INSERT a: committed", "INSERT b: rolled back"],
    );
  });

  it("keeps two databases apart", () => {
    const other = { attributes: { "db.name": "audit" } };
    assert.deepEqual(
      outcomes(
        inTurn(
          "BEGIN",
          ["BEGIN", other],
          insert("orders"),
          [insert("events"), other],
          ["ROLLBACK", other],
          "COMMIT",
        ),
      ).filter((text) => text.startsWith("INSERT")),
      ["INSERT orders: committed", "INSERT events: rolled back"],
    );
  });

  it("keeps threads apart where the thread is recorded", () => {
    const on = (thread: string): SpanOptions => ({ attributes: { "thread.id": thread } });
    assert.deepEqual(
      outcomes(
        inTurn(
          ["BEGIN", on("1")],
          ["BEGIN", on("2")],
          [insert("a"), on("1")],
          [insert("b"), on("2")],
          ["ROLLBACK", on("1")],
          ["COMMIT", on("2")],
        ),
      ).filter((text) => text.startsWith("INSERT")),
      ["INSERT a: rolled back", "INSERT b: committed"],
    );
  });

  it("claims nothing where two transactions at once cannot be told apart and ended differently", () => {
    assert.deepEqual(
      outcomes(inTurn("BEGIN", "BEGIN", insert("a"), insert("b"), "ROLLBACK", "COMMIT")).filter(
        (text) => text.startsWith("INSERT"),
      ),
      ["INSERT a: unknown", "INSERT b: unknown"],
    );
    assert.deepEqual(
      outcomes(inTurn("BEGIN", "BEGIN", insert("a"), insert("b"), "COMMIT", "COMMIT")).filter(
        (text) => text.startsWith("INSERT"),
      ),
      ["INSERT a: committed", "INSERT b: committed"],
    );
  });

  it("takes a statement beside ActiveRecord's span of a transaction, while it lasts, for another connection's", () => {
    const wrapper = span({
      id: "tx",
      name: "ActiveRecord.transaction",
      kind: "internal",
      scope: "ActiveRecord",
      at: [1, 20],
    });
    assert.deepEqual(
      outcomes([
        wrapper,
        sql("BEGIN", [2, 3], { parent: "tx" }),
        sql(insert("a"), [4, 5], { parent: "tx" }),
        sql(insert("b"), [6, 7]),
        sql("ROLLBACK", [8, 9], { parent: "tx" }),
      ]).filter((text) => text.startsWith("INSERT")),
      ["INSERT a: rolled back", "INSERT b: autocommit"],
    );
  });

  it("is not begun by a BEGIN that failed, and not known by a COMMIT that did", () => {
    const failed: SpanOptions = { status: "error" };
    assert.deepEqual(outcomes(inTurn(["BEGIN", failed], insert("a"))).slice(1), [
      "INSERT a: autocommit",
    ]);
    assert.deepEqual(
      outcomes(inTurn("BEGIN", insert("a"), ["COMMIT", failed]))[1],
      "INSERT a: unknown",
    );
  });

  it("marks calls and pushes while it is open, and none after it ended", () => {
    const call = (at: readonly [number, number]): Span =>
      span({
        at,
        scope: "Net::HTTP",
        attributes: { "http.request.method": "POST", "url.full": "http://h/" },
      });
    const push = (id: string, at: readonly [number, number]): Span =>
      span({ id, at, kind: "producer", scope: "Sidekiq" });
    const job = { kind: "job", jid: "j", jobClass: "J", queue: "" } as const;
    const steps = stepsOf(
      attemptOf(
        [
          sql("BEGIN", [1, 2]),
          call([3, 4]),
          push("p1", [5, 6]),
          sql("COMMIT", [7, 8]),
          call([9, 10]),
          push("p2", [11, 12]),
        ],
        { p1: job, p2: job },
      ),
    );
    assert.deepEqual(
      steps
        .filter(({ kind }) => kind === "http" || kind === "enqueue")
        .map(({ kind, notes }) => [kind, notes.map(({ code }) => code)]),
      [
        ["http", ["http_in_transaction"]],
        ["enqueue", ["enqueue_before_commit"]],
        ["http", []],
        ["enqueue", []],
      ],
    );
  });
});
