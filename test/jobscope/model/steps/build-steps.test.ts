/** Spans → lines: what is merged, what a transaction did, which step an exception belongs to. */
import assert from "node:assert/strict";
import type { Step } from "../../../../src/jobscope/model/step-document.js";
import type { AttemptTrace } from "../../../../src/jobscope/model/job-trace.js";
import { effectsOf } from "../../../../src/jobscope/model/effects/effects-of.js";
import { buildSteps } from "../../../../src/jobscope/model/steps/build-steps.js";
import { unixNano } from "../../../../src/jobscope/model/time.js";
import { attemptOf, exception, span, sql, type SpanOptions } from "../span-builder.js";

const steps = (attempt: AttemptTrace): readonly Step[] => buildSteps(attempt, unixNano(0n)).steps;
const titles = (attempt: AttemptTrace): readonly string[] =>
  steps(attempt).map(({ title, result }) => [title, result].filter(Boolean).join(" | "));

const http = (path: string, at: readonly [number, number], options: SpanOptions = {}) =>
  span({
    name: "GET",
    scope: "Net::HTTP",
    at,
    ...options,
    attributes: {
      "http.request.method": "GET",
      "server.address": "h",
      "url.path": path,
      ...options.attributes,
    },
  });
const redis = (statement: string, at: readonly [number, number], options: SpanOptions = {}) =>
  span({
    name: "PIPELINED",
    scope: "Redis",
    at,
    ...options,
    attributes: { "db.system": "redis", "db.statement": statement },
  });
const record = (name: string, at: readonly [number, number], options: SpanOptions = {}) =>
  span({ name, scope: "ActiveRecord", kind: "internal", at, ...options });

describe("buildSteps()", () => {
  it("begins and ends with the job, in order of time", () => {
    assert.deepEqual(
      titles(attemptOf([sql("SELECT 1 FROM a", [5, 6]), sql("SELECT 1 FROM b", [7, 8])])),
      ["Job started", "SELECT a", "SELECT b", "Job finished"],
    );
  });

  it("says how a failed attempt ended, and that an interrupted one is no failure", () => {
    const failed = attemptOf(
      [],
      {},
      { status: "error", events: [exception("ArgumentError", "no")] },
    );
    assert.deepEqual(titles(failed), ["Job started", "Job failed | ✗ ArgumentError"]);
    const shutdown = attemptOf(
      [],
      {},
      { status: "error", events: [exception("Sidekiq::Shutdown")] },
    );
    assert.deepEqual(titles(shutdown), [
      "Job started",
      "Job interrupted, put back on its queue (Sidekiq::Shutdown)",
    ]);
  });

  it("shows rows where they were recorded", () => {
    const rows = (key: string, count: bigint) => ({ attributes: { [key]: count } });
    assert.deepEqual(
      titles(
        attemptOf([
          sql("SELECT 1 FROM a", [1, 2], rows("db.response.returned_rows", 4100n)),
          sql("UPDATE a SET x=1", [3, 4], rows("db.response.affected_rows", 1n)),
        ]),
      ).slice(1, 3),
      ["SELECT a | 4,100 rows", "UPDATE a SET x=1 | 1 row"],
    );
  });

  it("merges ActiveRecord's spans into the queries they wrap, and keeps those that wrap none", () => {
    const attempt = attemptOf([
      record("Order.create!", [1, 10], { id: "create" }),
      record("Order#save!", [2, 9], { id: "save", parent: "create" }),
      sql("BEGIN", [3, 4], { parent: "save" }),
      sql("INSERT INTO orders (a) VALUES (1)", [5, 6], { parent: "save" }),
      sql("COMMIT", [7, 8], { parent: "create" }),
      record("Order query", [20, 21]),
    ]);
    assert.deepEqual(titles(attempt), [
      "Job started",
      "BEGIN TRANSACTION",
      "INSERT orders (...)",
      "COMMIT",
      "Order query",
      "Job finished",
    ]);
    assert.deepEqual([...buildSteps(attempt, unixNano(0n)).merged.keys()], ["create", "save"]);
  });

  it("merges PREPARE into its EXECUTE unless it was slow", () => {
    const named = (operation: string) => ({ attributes: { "db.operation": operation } });
    const pair = (ms: number) => [
      sql("SELECT 1 FROM a", [1, 1 + ms], named("PREPARE")),
      sql("SELECT 1 FROM a", [10, 11], named("EXECUTE")),
    ];
    assert.equal(steps(attemptOf(pair(0.5))).length, 3);
    assert.equal(steps(attemptOf(pair(3))).length, 4);
  });

  it("says of a PREPARE that it stands alone what it prepares, and counts nothing as done by it", () => {
    const list = steps(
      attemptOf([
        sql("INSERT INTO a (x) VALUES ($1)", [1, 4], { attributes: { "db.operation": "PREPARE" } }),
        sql("INSERT INTO a (x) VALUES ($1)", [5, 6], {
          attributes: { "db.operation": "EXECUTE", "db.response.affected_rows": 1n },
        }),
      ]),
    );
    assert.deepEqual(
      list.slice(1, -1).map(({ title }) => title),
      ["PREPARE INSERT a (...)", "INSERT a (...)"],
    );
    assert.deepEqual(effectsOf(list).tables[0]?.inserts, { statements: 1, rows: 1 });
  });

  it("merges opening a connection into the request on it, and keeps how long it took", () => {
    const connect = (to: number) =>
      span({
        name: "connect",
        kind: "internal",
        scope: "Net::HTTP",
        at: [1, to],
        attributes: { "server.address": "h" },
      });
    const [, request] = steps(attemptOf([connect(3), http("/x", [4, 9])]));
    assert.equal(request?.detail?.type === "http" && request.detail.connect_ns, 2_000_000);
    assert.equal(steps(attemptOf([connect(150), http("/x", [151, 152])])).length, 4);
  });

  it("shows one call where one HTTP library uses another", () => {
    const outer = http("/x", [1, 9], { id: "outer", scope: "Faraday" });
    assert.deepEqual(
      titles(
        attemptOf([
          outer,
          http("/x", [2, 8], {
            parent: "outer",
            attributes: { "http.response.status_code": 200n },
          }),
        ]),
      ).slice(1, -1),
      ["HTTP GET http://h/x | 200"],
    );
  });

  it("marks a call without an answer or with a 5xx as failed", () => {
    const status = (code: bigint) => ({ attributes: { "http.response.status_code": code } });
    const lost = { status: "error", events: [exception("Net::ReadTimeout")] } as const;
    assert.deepEqual(
      titles(
        attemptOf([
          http("/a", [1, 2], status(503n)),
          http("/b", [3, 4], status(404n)),
          http("/c", [5, 6], lost),
        ]),
      ).slice(1, -1),
      [
        "HTTP GET http://h/a | 503 ✗",
        "HTTP GET http://h/b | 404",
        "HTTP GET http://h/c | ✗ Net::ReadTimeout",
      ],
    );
  });

  it("makes one line of a push: ActiveJob's, Sidekiq's and the write to Redis", () => {
    const attempt = attemptOf(
      [
        span({ id: "aj", at: [1, 9], kind: "producer", scope: "ActiveJob" }),
        span({ id: "push", parent: "aj", at: [2, 3], kind: "producer", scope: "Sidekiq" }),
        redis("ZADD ? ? ?", [4, 5], { parent: "aj" }),
      ],
      {
        aj: { kind: "active_job", jobClass: "MailJob" },
        push: { kind: "job", jid: "9a20f7c3ffff", jobClass: "MailJob", queue: "low" },
      },
    );
    assert.deepEqual(titles(attempt), [
      "Job started",
      "ENQUEUE MailJob → 9a20f7c3, scheduled",
      "Job finished",
    ]);
  });

  it("marks an enqueue inside an open transaction", () => {
    const pushes = {
      push: { kind: "job", jid: "b".repeat(24), jobClass: "B", queue: "q" },
    } as const;
    const push = span({ id: "push", at: [4, 5], kind: "producer", scope: "Sidekiq" });
    const inside = steps(
      attemptOf([sql("BEGIN", [1, 2]), push, sql("COMMIT", [6, 7])], pushes),
    ).find(({ kind }) => kind === "enqueue");
    assert.deepEqual(
      inside?.notes.map(({ code }) => code),
      ["enqueue_before_commit"],
    );
    assert.equal(inside?.detail?.type === "enqueue" && inside.detail.before_commit, true);
    const after = steps(
      attemptOf([sql("BEGIN", [1, 2]), sql("COMMIT", [2, 3]), push], pushes),
    ).find(({ kind }) => kind === "enqueue");
    assert.deepEqual(after?.notes, []);
  });

  const outcomes = (...statements: readonly string[]): readonly (string | undefined)[] =>
    steps(attemptOf(statements.map((statement, at) => sql(statement, [at, at + 0.5]))))
      .slice(1, -1)
      .map(({ detail }) => (detail?.type === "db" ? detail.outcome : undefined));

  it("tells what a transaction came to", () => {
    assert.deepEqual(outcomes("UPDATE a SET x=1"), ["autocommit"]);
    assert.deepEqual(outcomes("BEGIN", "UPDATE a SET x=1", "COMMIT"), [
      "committed",
      "committed",
      "committed",
    ]);
    assert.deepEqual(outcomes("BEGIN", "UPDATE a SET x=1", "ROLLBACK", "SELECT 1 FROM a"), [
      "rolled_back",
      "rolled_back",
      "rolled_back",
      "autocommit",
    ]);
    assert.deepEqual(outcomes("BEGIN", "UPDATE a SET x=1"), ["no_end_recorded", "no_end_recorded"]);
  });

  it("undoes what came after a savepoint that was rolled back to", () => {
    assert.deepEqual(
      outcomes(
        "BEGIN",
        "INSERT INTO a (x) VALUES (1)",
        "SAVEPOINT s1",
        "INSERT INTO b (x) VALUES (1)",
        "ROLLBACK TO SAVEPOINT s1",
        "COMMIT",
      ),
      ["committed", "committed", "committed", "rolled_back", "rolled_back", "committed"],
    );
  });

  it("gives an exception to the innermost span that recorded it, once", () => {
    const error = exception("PG::UniqueViolation", "duplicate");
    const attempt = attemptOf(
      [
        span({
          id: "outer",
          name: "Service#call",
          kind: "internal",
          scope: "app",
          at: [1, 9],
          status: "error",
          events: [error],
        }),
        sql("INSERT INTO a (x) VALUES (1)", [2, 3], {
          parent: "outer",
          status: "error",
          events: [error],
        }),
      ],
      {},
      { status: "error", events: [error] },
    );
    assert.deepEqual(titles(attempt), [
      "Job started",
      "Service#call",
      "INSERT a (...) | ✗ PG::UniqueViolation",
      "Job failed | ✗ PG::UniqueViolation",
    ]);
  });

  it("says what is known of a statement that was withheld or not recorded", () => {
    const withheld = sql("SQL not obfuscated, query exceeds 2000 characters", [1, 2], {
      attributes: { "db.operation": "SELECT", "db.collection.name": "users" },
    });
    const missing = span({ name: "select", at: [3, 4], attributes: { "db.system": "mysql" } });
    assert.deepEqual(titles(attemptOf([withheld, missing])).slice(1, -1), [
      "SELECT users (text withheld by instrumentation: over 2000 chars)",
      "SELECT (text not recorded)",
    ]);
  });

  it("gives parallel siblings lanes, and a span's own time without its children", () => {
    const list = steps(
      attemptOf([
        http("/a", [1, 50]),
        http("/b", [2, 40]),
        http("/c", [60, 70]),
        span({ id: "p", name: "P", kind: "internal", at: [80, 90] }),
        http("/d", [81, 85], { parent: "p" }),
        http("/e", [83, 87], { parent: "p" }),
      ]),
    );
    assert.deepEqual(
      list.slice(1, 4).map(({ lane }) => lane),
      [0, 1, 0],
    );
    assert.equal(list.find(({ title }) => title === "P")?.self_ns, 4_000_000);
  });
});
