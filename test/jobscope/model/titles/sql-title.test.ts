import assert from "node:assert/strict";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { sqlTitle, TITLE_LENGTH_MAX } from "../../../../src/jobscope/model/titles/sql-title.js";

/** Statements in the shapes that Ruby's drivers and their obfuscators produce → the line, and the tables. */
const CASES: readonly (readonly [string, string, string])[] = [
  [`SELECT * FROM users WHERE id=42`, "SELECT users WHERE id=42", "users"],
  [`INSERT INTO invoices (user_id, total) VALUES (42, 10)`, "INSERT invoices (...)", "invoices"],
  [`UPDATE invoices SET status='paid'`, "UPDATE invoices SET status='paid'", "invoices"],
  [
    `SELECT "users".* FROM "users" WHERE "users"."id" = $1 LIMIT $2`,
    "SELECT users WHERE id=$1",
    "users",
  ],
  [
    `SELECT "users".* FROM "users" WHERE "users"."id" = $? LIMIT $?`,
    "SELECT users WHERE id=$?",
    "users",
  ],
  [
    `SELECT "invoices"."id", "invoices"."status" FROM "invoices" INNER JOIN "accounts" ON "accounts"."id" = "invoices"."account_id" WHERE "accounts"."plan" = ? AND "invoices"."status" IN (?, ?, ?) ORDER BY "invoices"."due_on" ASC LIMIT ?`,
    "SELECT invoices JOIN accounts WHERE accounts.plan=? AND invoices.status IN (3 values)",
    "invoices,accounts",
  ],
  [
    `INSERT INTO "invoices" ("account_id", "status", "total_cents", "created_at", "updated_at") VALUES ($1, $2, $3, $4, $5) RETURNING "id"`,
    "INSERT invoices (...)",
    "invoices",
  ],
  [
    `INSERT INTO "invoices" ("account_id", "status") VALUES ($?, $?), ($?, $?), ($?, $?) RETURNING "id"`,
    "INSERT invoices (...) ×3 rows",
    "invoices",
  ],
  [
    `UPDATE "invoices" SET "status" = $1, "updated_at" = $2 WHERE "invoices"."id" = $3`,
    "UPDATE invoices SET status=$1 WHERE id=$3",
    "invoices",
  ],
  [
    `UPDATE "invoices" SET "updated_at" = $1 WHERE "invoices"."id" = $2`,
    "UPDATE invoices SET updated_at=$1 WHERE id=$2",
    "invoices",
  ],
  [
    `WITH recent AS (SELECT id FROM events WHERE created_at > $1) DELETE FROM outbox USING recent WHERE outbox.event_id = recent.id`,
    "WITH … DELETE outbox WHERE outbox.event_id=recent.id",
    "events,outbox",
  ],
  [
    `INSERT INTO "stats" ("day","n") VALUES ('2025-01-01', 1) ON CONFLICT ("day") DO UPDATE SET "n" = excluded."n" RETURNING "id"`,
    "INSERT stats (...) ON CONFLICT",
    "stats",
  ],
  ["BEGIN", "BEGIN TRANSACTION", ""],
  ["START TRANSACTION", "BEGIN TRANSACTION", ""],
  ["COMMIT", "COMMIT", ""],
  ["ROLLBACK", "ROLLBACK", ""],
  ["SAVEPOINT active_record_1", "SAVEPOINT active_record_1", ""],
  ["RELEASE SAVEPOINT active_record_1", "RELEASE SAVEPOINT active_record_1", ""],
  ["ROLLBACK TO SAVEPOINT active_record_1", "ROLLBACK TO SAVEPOINT active_record_1", ""],
  ["SET client_min_messages TO 'warning'", "SET client_min_messages TO 'warning'", ""],
  [
    `SELECT 1 AS one FROM "users" WHERE "users"."email" = 'a@b.c' LIMIT 1 /*application:Shop,job:SendInvoiceJob*/`,
    "SELECT users WHERE email='a@b.c'",
    "users",
  ],
  [
    "SELECT `users`.* FROM `users` WHERE `users`.`id` = 42 LIMIT 1",
    "SELECT users WHERE id=42",
    "users",
  ],
  [
    "UPDATE `invoices` SET `invoices`.`status` = ? WHERE `invoices`.`id` = ?",
    "UPDATE invoices SET status=? WHERE id=?",
    "invoices",
  ],
  [
    `DELETE FROM "sessions" WHERE "sessions"."updated_at" < ?`,
    "DELETE sessions WHERE updated_at < ?",
    "sessions",
  ],
  [
    `SELECT "users".* FROM "users" WHERE "users"."id" IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $1`,
    "SELECT users WHERE id IN (13+ values)",
    "users",
  ],
  [
    `SELECT "accounts".* FROM "accounts" WHERE "accounts"."id" = $1 LIMIT $2 FOR UPDATE SKIP LOCKED`,
    "SELECT accounts WHERE id=$1 FOR UPDATE SKIP LOCKED",
    "accounts",
  ],
  [
    `SELECT * FROM "audit"."events" JOIN public.users u ON u.id = events.user_id`,
    "SELECT audit.events JOIN users",
    "audit.events,users",
  ],
  ["SELECT pg_sleep(0.2)", "SELECT pg_sleep(0.2)", ""],
  [
    `SELECT * FROM a, b WHERE a.x BETWEEN 1 AND 2 AND b.y = 3`,
    "SELECT a JOIN b WHERE a.x BETWEEN 1 AND 2 AND b.y=3",
    "a,b",
  ],
  [`SELECT * FROM t WHERE note = 'it''s \\\\ here'`, "SELECT t WHERE note='it's \\\\ here'", "t"],
  [`SELECT * FROM t WHERE note = 'unfinished`, "SELECT t WHERE note=…", "t"],
  [
    `SELECT * FROM t WHERE name = '${"long ".repeat(20)}'`,
    "SELECT t WHERE name='long long long long lon…'",
    "t",
  ],
  [`SELECT * FROM t WHERE id = $1::uuid`, "SELECT t WHERE id=$1", "t"],
  ["", "", ""],
];

describe("sqlTitle()", () => {
  for (const [sql, title, tables] of CASES) {
    it(`makes ${JSON.stringify(title)} of ${JSON.stringify(sql.slice(0, 60))}`, () => {
      const made = sqlTitle(sql);
      assert.deepEqual([made.title, made.tables.join(",")], [title, tables]);
    });
  }

  it("makes the line that was checked by eye of every statement in the recorded runs", () => {
    const statements = JSON.parse(readFileSync("test/fixtures/statements.json", "utf8")) as {
      sql: string;
      title: string;
    }[];
    assert.ok(statements.length > 50);
    for (const { sql, title } of statements) assert.equal(sqlTitle(sql).title, title, sql);
  });

  it("reads the statements of many databases, as checked by eye: line, verb, tables, what is written to", () => {
    const forms = JSON.parse(readFileSync("test/fixtures/statement-forms.json", "utf8")) as {
      sql: string;
      title: string;
      verb: string;
      tables: string[];
      target: string | null;
    }[];
    assert.ok(forms.length > 100);
    for (const { sql, ...form } of forms) {
      const { title, verb, tables, target } = sqlTitle(sql);
      assert.deepEqual({ title, verb, tables, target }, form, sql);
    }
  });

  it("drops conditions whole, from the right, and counts them", () => {
    const conditions = Array.from(
      { length: 12 },
      (_, i) => `"orders"."column_${i}" = $${i + 1}`,
    ).join(" AND ");
    const { title } = sqlTitle(`SELECT * FROM "orders" WHERE ${conditions}`);
    assert.equal(
      title,
      "SELECT orders WHERE column_0=$1 AND column_1=$2 AND column_2=$3 AND column_3=$4 +8 terms",
    );
  });

  it("gives one fingerprint to statements that differ in values only", () => {
    const fingerprint = (sql: string): string => sqlTitle(sql).fingerprint;
    assert.equal(
      fingerprint("SELECT * FROM t WHERE id = 1"),
      fingerprint("select * from t where id = 'two'"),
    );
    assert.equal(
      fingerprint("SELECT * FROM t WHERE id IN (1, 2)"),
      fingerprint("SELECT * FROM t WHERE id IN (1,2,3)"),
    );
    assert.notEqual(
      fingerprint("SELECT * FROM t WHERE id = 1"),
      fingerprint("SELECT * FROM t WHERE x = 1"),
    );
  });

  it("never throws, and never makes a line over its length", () => {
    const words = fc.constantFrom(
      ..."SELECT FROM WHERE WITH AS ( ) , ' \" ` $1 $? ? :a :: -- /* */ [ ] . ; = UPDATE SET x AND INSERT INTO VALUES IN $$ é 日本".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(words).map((all) => all.join(" ")),
        ),
        (sql) => {
          assert.ok(sqlTitle(sql).title.length <= TITLE_LENGTH_MAX);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
