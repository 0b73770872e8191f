/** Which steps become one line, and what that line keeps. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_ARRANGEMENT } from "../../../../src/jobscope/model/arrange/arrangement.js";
import { foldSteps } from "../../../../src/jobscope/model/arrange/fold-steps.js";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import type { Fold, Step } from "../../../../src/jobscope/model/step-document.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, exception, span, sql, type SpanOptions } from "../span-builder.js";

const MS = 1_000_000;

function folded(attempt: AttemptTrace, foldMin = 3, full = false): readonly Step[] {
  const { steps } = buildSteps(attempt, unixNano(0n));
  return foldSteps(steps, { foldMin, full, duration: 100 * MS });
}

const lines = (...args: Parameters<typeof folded>): readonly string[] =>
  folded(...args)
    .slice(1, -1)
    .map(({ title, result }) => [title, result].filter(Boolean).join("  "));

const foldIn = (steps: readonly Step[]): Fold => {
  const detail = steps.find(({ kind }) => kind === "fold")?.detail;
  return detail?.type === "fold" ? detail : assert.fail("nothing was folded");
};

/** One after another, each half a millisecond long. */
const queries = (
  statements: readonly string[],
  from = 1,
  options: SpanOptions = {},
): readonly ReturnType<typeof sql>[] =>
  statements.map((statement, at) => sql(statement, [from + at, from + at + 0.5], options));

const times = (count: number, statement: (at: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, at) => statement(at));

describe("foldSteps()", () => {
  it("makes one line of alike steps: what varies is ?, what is the same stays", () => {
    const attempt = attemptOf(
      queries(times(40, (at) => `SELECT * FROM items WHERE shop_id=3 AND order_id=${at}`)),
    );
    assert.deepEqual(lines(attempt), ["SELECT items WHERE shop_id=3 AND order_id=?  ×40"]);
  });

  it("keeps the median, the longest and where it was, and the share of the job", () => {
    const attempt = attemptOf([
      sql("SELECT * FROM a", [10, 12]),
      sql("SELECT * FROM a", [20, 40]),
      sql("SELECT * FROM a", [50, 53]),
    ]);
    const fold = foldIn(folded(attempt));
    assert.deepEqual(
      [fold.count, fold.total_ns, fold.p50_ns, fold.max_ns, fold.max_offset_ns, fold.share],
      [3, 25 * MS, 3 * MS, 20 * MS, 20 * MS, 0.25],
    );
    assert.equal(fold.until_ns, 53 * MS);
    assert.equal(fold.steps, null);
    assert.equal(foldIn(folded(attempt, 3, true)).steps?.length, 3);
  });

  it("counts once what ran at the same time", () => {
    const attempt = attemptOf(times(4, () => "SELECT 1 FROM a").map((text) => sql(text, [10, 30])));
    assert.equal(foldIn(folded(attempt)).total_ns, 20 * MS);
  });

  it("folds from as many as was asked for", () => {
    const attempt = attemptOf(queries(times(3, () => "SELECT * FROM a")));
    assert.equal(lines(attempt, 3).length, 1);
    assert.equal(lines(attempt, 4).length, 3);
    assert.equal(lines(attemptOf(queries(times(2, () => "SELECT * FROM a"))), 2).length, 1);
  });

  it("folds a block that repeats, the longest period first, and what is left over stays", () => {
    const statements = times(7, (at) =>
      at % 2 === 0 ? `SELECT * FROM items WHERE id=${at}` : `SELECT * FROM products WHERE id=${at}`,
    );
    assert.deepEqual(lines(attemptOf(queries(statements))), [
      "SELECT items, SELECT products  ×3",
      "SELECT items WHERE id=6",
    ]);
    const aab = times(9, (at) => (at % 3 === 2 ? "SELECT * FROM b" : "SELECT * FROM a"));
    assert.deepEqual(lines(attemptOf(queries(aab))), ["SELECT a, SELECT a, SELECT b  ×3"]);
    const six = times(18, (at) => `SELECT * FROM t${at % 6}`);
    assert.equal(lines(attemptOf(queries(six))).length, 18, "six are too many for a block");
  });

  it("repeats a step with its children as a block, and never joins children of different parents", () => {
    const nested = [0, 1, 2].flatMap((at) => [
      span({
        id: `call${at}`,
        name: "Service#call",
        kind: "internal",
        scope: "app",
        at: [at * 10, at * 10 + 9],
      }),
      sql("SELECT * FROM a", [at * 10 + 1, at * 10 + 2], { parent: `call${at}` }),
    ]);
    assert.deepEqual(lines(attemptOf(nested)), ["Service#call, SELECT a  ×3"]);
    const cousins = [
      ...[0, 1, 2].map((at) =>
        span({ id: `p${at}`, name: `P${at}`, kind: "internal", scope: "app", at: [at, 50] }),
      ),
      ...[0, 1, 2].map((at) => sql("SELECT * FROM a", [10 + at, 11 + at], { parent: `p${at}` })),
    ];
    assert.equal(lines(attemptOf(cousins)).length, 6);
  });

  it("never folds an error, and lets it split the run", () => {
    const failed = { status: "error", events: [exception("PG::Error", "no")] } as const;
    const attempt = attemptOf([
      ...queries(
        times(3, () => "SELECT * FROM a"),
        1,
      ),
      ...queries(["SELECT * FROM a"], 10, failed),
      ...queries(
        times(3, () => "SELECT * FROM a"),
        20,
      ),
    ]);
    assert.deepEqual(lines(attempt), ["SELECT a  ×3", "SELECT a  ✗ PG::Error", "SELECT a  ×3"]);
  });

  it("never folds the edges of a transaction, alone or in a block", () => {
    const statements = times(9, (at) => ["BEGIN", "UPDATE a SET x=1", "COMMIT"][at % 3] ?? "");
    assert.equal(lines(attemptOf(queries(statements))).length, 9);
  });

  it("folds enqueues from five on, and names the class", () => {
    const pushes = (count: number) =>
      attemptOf(
        Array.from({ length: count }, (_, at) =>
          span({ id: `push${at}`, kind: "producer", scope: "Sidekiq", at: [at, at + 0.1] }),
        ),
        Object.fromEntries(
          Array.from({ length: count }, (_, at) => [
            `push${at}`,
            { kind: "job", jid: `${at}`.padEnd(24, "f"), jobClass: "MailJob", queue: "q" } as const,
          ]),
        ),
        { at: [0, 2000] },
      );
    assert.equal(lines(pushes(4)).length, 4);
    assert.deepEqual(lines(pushes(1000)), ["ENQUEUE MailJob  ×1,000"]);
  });

  it("splits HTTP calls by status, and keeps a status that is the same in all", () => {
    const get = (status: bigint, at: number) =>
      span({
        name: "GET",
        scope: "Net::HTTP",
        at: [at, at + 1],
        attributes: {
          "http.request.method": "GET",
          "server.address": "h",
          "url.path": `/orders/${at}`,
          "http.response.status_code": status,
        },
      });
    assert.deepEqual(
      lines(
        attemptOf([...[1, 2, 3].map((at) => get(200n, at)), ...[4, 5].map((at) => get(404n, at))]),
      ),
      [
        "HTTP GET http://h/orders/?  200  ×3",
        "HTTP GET http://h/orders/4  404",
        "HTTP GET http://h/orders/5  404",
      ],
    );
  });

  it("makes one line of the queries about the schema, unless all is asked for", () => {
    const statements = [
      "SELECT * FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.x = d.x",
      "SHOW max_identifier_length",
      "SELECT column_name FROM information_schema.columns",
      "SELECT * FROM pg_class",
    ];
    assert.deepEqual(lines(attemptOf(queries(statements))), ["schema queries  ×4"]);
    assert.equal(lines(attemptOf(queries(statements)), 3, true).length, 4);
  });

  it("cuts nothing that a list of values hides: titles of different shape lose their values", () => {
    const long = (values: string) =>
      `SELECT * FROM a WHERE ${["b", "c", "d", "e", "f", "g"].map((name) => `${name}${name}${name}='${values}'`).join(" AND ")}`;
    const [line] = lines(attemptOf(queries([long("1"), long("x".repeat(23)), long("22")])));
    assert.equal(
      line,
      "SELECT a WHERE bbb=? AND ccc=? AND ddd=? AND eee=? AND fff=? AND ggg=?  ×3",
    );
  });

  it("loses no step, whatever the order of alike and different ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 60 }),
        fc.integer({ min: 2, max: 6 }),
        (tables, foldMin) => {
          const attempt = attemptOf(queries(tables.map((table) => `SELECT * FROM ${table}`)));
          const count = folded(attempt, foldMin).reduce(
            (sum, { detail }) => sum + (detail?.type === "fold" ? detail.count * detail.period : 1),
            0,
          );
          assert.equal(count, tables.length + 2);
        },
      ),
    );
  });

  it("is what inspect does unless it is told otherwise", () => {
    assert.equal(DEFAULT_ARRANGEMENT.foldMin, 3);
  });
});
