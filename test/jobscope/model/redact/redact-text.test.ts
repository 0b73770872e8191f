import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { redactText } from "../../../../src/jobscope/model/redact/redact-text.js";
import { sqlTitle } from "../../../../src/jobscope/model/titles/sql-title.js";

const CASES: readonly (readonly [string, string, string])[] = [
  [
    "db.statement",
    "SELECT * FROM users WHERE id=42 LIMIT 1",
    "SELECT * FROM users WHERE id=? LIMIT ?",
  ],
  ["db.statement", "UPDATE a SET b='it''s', c = E'\\'x' -- d", "UPDATE a SET b=?, c = ? -- d"],
  [
    "db.query.text",
    'INSERT INTO "t" ("a1") VALUES ($1, $$secret$$)',
    'INSERT INTO "t" ("a1") VALUES ($1, ?)',
  ],
  ["db.statement", 'SELECT `a` FROM `t` WHERE b = "secret"', "SELECT `a` FROM `t` WHERE b = ?"],
  ["db.statement", `SELECT 1 FROM t WHERE a = "bob@example.org"`, "SELECT ? FROM t WHERE a = ?"],
  ["db.statement", "SELECT * FROM t WHERE a = 'cut off in the mid", "SELECT * FROM t WHERE a = ?"],
  ["db.statement", "SET orders:5 secret EX 10", "SET ? ? ? ?"],
  ["db.statement", "SET search_path TO 'secret'", "SET search_path TO ?"],
  ["db.statement", "AUTH secret\nGET user:5", "AUTH ?\nGET ?"],
  [
    "db.statement",
    '{"find":"users","filter":{"email":"a@b.c"}}',
    '{"find":"?","filter":{"email":"?"}}',
  ],
  ["url.full", "https://a.example/b?token=secret&x=1#y", "https://a.example/b?token=?&x=?#y"],
  ["url.query", "token=secret&x", "token=?&x"],
  ["jobtrace.args", '[9917,"EUR",{"a":[1,null]}]', '["?","?",{"a":["?",null]}]'],
  ["jobtrace.args", "no JSON", "?"],
  [
    "exception.message",
    `PG::UniqueViolation: Key (email)=(bob smith) already exists for "bob" and 12`,
    "PG::UniqueViolation: Key (email)=(?) already exists for ? and ?",
  ],
  [
    "status.message",
    "Unhandled exception of type: Net::ReadTimeout",
    "Unhandled exception of type: Net::ReadTimeout",
  ],
  ["http.request.header.authorization", "secret", "?"],
  ["db.query.parameter.0", "secret", "?"],
  ["code.function", "perform 12", "perform 12"],
];

describe("redactText()", () => {
  for (const [key, text, redacted] of CASES)
    it(`${key}: ${text.slice(0, 60)}`, () => {
      assert.equal(redactText(key, text), redacted);
      assert.equal(redactText(key, redacted), redacted, "twice is once");
    });

  it("keeps the frames of a backtrace and not its message", () => {
    assert.equal(
      redactText(
        "exception.stacktrace",
        "app/a.rb:12:in `charge': user 5 is 'bob' (Failed)\n\tfrom app/b.rb:7:in 'Job#perform'",
      ),
      "app/a.rb:12:in `charge': user ? is ? (Failed)\n\tfrom app/b.rb:7:in 'Job#perform'",
    );
  });

  it("leaves the verb and the tables of every recorded statement", () => {
    const statements = JSON.parse(readFileSync("test/fixtures/statements.json", "utf8")) as unknown;
    const texts = JSON.stringify(statements).length > 0 ? textsIn(statements) : [];
    assert.ok(texts.length > 20);
    for (const text of texts) {
      const [before, after] = [sqlTitle(text), sqlTitle(redactText("db.statement", text))];
      if (!/^(?:SELECT|INSERT|UPDATE|DELETE)$/.test(before.verb)) continue;
      assert.deepEqual([after.verb, after.tables], [before.verb, before.tables], text);
    }
  });
});

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
