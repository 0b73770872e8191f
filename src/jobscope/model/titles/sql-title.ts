/**
 * A SQL statement → one calm line: `SELECT users WHERE id=42`, `INSERT invoices (...)`, `COMMIT`.
 *
 * Columns, ORDER, LIMIT and GROUP are left out: the line says what was touched and by which condition. The rules are
 * pure and never throw, so a reader can predict a line from a statement.
 */
import { fingerprintOf } from "./fingerprint.js";
import { renderTerms, splitTerms } from "./sql-terms.js";
import { type SqlStatement, sqlStatement, toldVerb, writeInCte } from "./sql-statement.js";
import { sqlSummary } from "./sql-summary.js";
import { type SqlTag, sqlTags } from "./sql-tags.js";
import { type SqlToken, wordAt } from "./sql-tokens.js";

export interface SqlTitle {
  readonly title: string;
  /** Upper case; "" when the statement has none that is known. */
  readonly verb: string;
  readonly tables: readonly string[];
  /** The table that is written to; null for a read. */
  readonly target: string | null;
  /** OpenTelemetry's `db.query.summary`: the verb and its tables. */
  readonly summary: string;
  /** What SQL-commenter wrote into a comment: `job='SendInvoiceJob'`. */
  readonly tags: readonly SqlTag[];
  /** `db:` and 8 hex digits; the same for statements that differ in values only. */
  readonly fingerprint: string;
}

/** Of a stored title; a terminal may cut further, the JSON never does. Characters. */
export const TITLE_LENGTH_MAX = 100;

/** Of the assignments of an UPDATE, so that its condition has room beside them. Characters. */
const SET_LENGTH_MAX = 60;

/** Words of a statement that no rule fits. */
const OTHER_TOKENS_MAX = 6;

/**
 * Titles made lately. An application says the same few hundred statements over and over, and making a title takes longer than
 * anything else that is made of a span.
 */
const known = new Map<string, SqlTitle>();

const KNOWN_MAX = 1000;
/** A longer one is rarely said twice: lists of values. Characters. */
const KNOWN_LENGTH_MAX = 4096;

export function sqlTitle(sql: string): SqlTitle {
  const before = known.get(sql);
  if (before !== undefined) return before;
  const made = makeTitle(sql);
  if (sql.length <= KNOWN_LENGTH_MAX) {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(sql, made);
  }
  return made;
}

function makeTitle(sql: string): SqlTitle {
  const statement = sqlStatement(sql);
  const isEmpty = statement.tokens.every(({ text }) => text === ";") && sql.trim() !== "";
  const title = isEmpty ? "(empty statement)" : shape(statement) + (statement.isCut ? "…" : "");
  const inner = writeInCte(statement);
  return {
    title: fit(title),
    verb: inner?.verb ?? toldVerb(statement),
    tables: statement.tables,
    target: inner?.target ?? statement.target ?? null,
    summary: sqlSummary(statement),
    tags: sqlTags(sql),
    fingerprint: fingerprintOf(
      "db",
      statement.tokens
        .map(fingerprintToken)
        .join(" ")
        .replace(/\?(?: , \?)+/g, "?"),
    ),
  };
}

function shape(statement: SqlStatement): string {
  const start = statement.hasCte ? "WITH … " : "";
  const target = statement.target ?? "";
  switch (statement.verb) {
    case "SELECT": {
      const combined = combinedText(statement);
      if (combined !== undefined) return `${start}SELECT ${combined}`;
      const { tables, outerTables: outer } = statement;
      const what = tablesText(outer.length > 0 ? outer : tables) || selectList(statement);
      return withWhere(statement, `${start}SELECT ${what}`.trimEnd(), lockText(statement));
    }
    case "INSERT":
    case "REPLACE":
      return start + joined([statement.verb, target, insertText(statement)]);
    case "UPDATE":
      return withWhere(statement, joined([`${start}UPDATE`, target, setText(statement)]), "");
    case "DELETE":
      return withWhere(statement, joined([`${start}DELETE`, target]), "");
    case "BEGIN":
    case "START":
      return "BEGIN TRANSACTION";
    case "COMMIT":
    case "END":
      return "COMMIT";
    case "ABORT":
      return "ROLLBACK";
    case "COPY":
      return copyText(statement);
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
      return firstTokens(statement.tokens.filter(({ text }) => text !== ";"));
    default:
      return firstTokens(statement.tokens);
  }
}

function joined(parts: readonly string[]): string {
  return parts.filter(Boolean).join(" ");
}

/** `a UNION b`: whose conditions are whose cannot be told in a line. undefined: one query. */
function combinedText({ tokens, depths, tables, verbAt }: SqlStatement): string | undefined {
  const at = tokens.findIndex(
    (_, index) =>
      (depths[index] ?? 0) <= (depths[verbAt] ?? 0) &&
      ["UNION", "EXCEPT", "INTERSECT"].includes(wordAt(tokens, index)),
  );
  return at === -1 || tables.length === 0
    ? undefined
    : tablesText(tables).replace(" JOIN ", ` ${wordAt(tokens, at)} `);
}

/** `COPY users FROM STDIN`: its columns are left out as those of an INSERT are. */
function copyText({ tokens, depths, tables }: SqlStatement): string {
  const at = tokens.findIndex(
    (_, index) => depths[index] === 0 && ["FROM", "TO"].includes(wordAt(tokens, index)),
  );
  const where = tokens.slice(at, at + 2).map(({ text }) => text);
  return joined(["COPY", tables[0] ?? "", ...(at === -1 ? [] : where)]);
}

/** `users`; `invoices JOIN accounts`; `invoices JOIN accounts +3`. */
function tablesText(tables: readonly string[]): string {
  const [first = "", second, ...more] = tables;
  if (second === undefined) return first;
  return `${first} JOIN ${second}${more.length > 0 ? ` +${more.length}` : ""}`;
}

/** A SELECT without a table: `SELECT pg_sleep(?)`, `SELECT 1`. */
function selectList({ tokens, verbAt }: SqlStatement): string {
  return firstTokens(tokens.slice(verbAt + 1)).trim();
}

function insertText(statement: SqlStatement): string {
  const rows = insertedRows(statement);
  const onConflict = hasWords(statement, "ON", "CONFLICT")
    ? " ON CONFLICT"
    : hasWords(statement, "ON", "DUPLICATE")
      ? " ON DUPLICATE KEY"
      : "";
  return `(...)${rows > 1 ? ` ×${rows} rows` : ""}${onConflict}`;
}

/** Groups of values after VALUES. */
function insertedRows({ tokens, depths, verbAt }: SqlStatement): number {
  const values = tokens.findIndex(
    (_, at) => at > verbAt && depths[at] === 0 && wordAt(tokens, at) === "VALUES",
  );
  if (values === -1) return 0;
  let rows = 0;
  for (let at = values + 1; at < tokens.length; at++) {
    if (depths[at] !== 0) continue;
    if (tokens[at]?.text === "(") rows++;
    else if (tokens[at]?.kind === "word") break;
  }
  return rows;
}

/** `SET status='paid'`; `updated_at` and `lock_version` are noise unless nothing else is set. */
function setText(statement: SqlStatement): string {
  const begin = clauseAt(statement, "SET", statement.verbAt);
  if (begin === -1) return "";
  const terms = splitTerms(
    clause(statement, begin + 1, ["WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"]),
    ",",
  );
  const telling = terms.filter((term) => !isBookkeeping(term));
  return `SET ${renderTerms(telling.length > 0 ? telling : terms, ", ", true, SET_LENGTH_MAX)}`;
}

function isBookkeeping(term: readonly SqlToken[]): boolean {
  const column = term.findLast((token, at) => term[at + 1]?.text === "=" && token.text !== "=");
  return column?.text === "updated_at" || column?.text === "lock_version";
}

/** `before` and `after` are whole; the conditions take what room they leave. */
function withWhere(statement: SqlStatement, before: string, after: string): string {
  const begin = clauseAt(statement, "WHERE", statement.verbAt);
  if (begin === -1) return joined([before, after]);
  const terms = splitTerms(clause(statement, begin + 1, WHERE_ENDS), "AND");
  const room = TITLE_LENGTH_MAX - joined([before, "WHERE ", after]).length;
  return joined([
    before,
    `WHERE ${renderTerms(terms, " AND ", statement.tables.length <= 1, room)}`,
    after,
  ]);
}

const WHERE_ENDS = [
  "ORDER",
  "GROUP",
  "LIMIT",
  "RETURNING",
  "FOR",
  "HAVING",
  "OFFSET",
  "UNION",
  "WINDOW",
];

/** `FOR NO KEY UPDATE SKIP LOCKED`. */
const LOCK_WORDS_MAX = 6;

function lockText(statement: SqlStatement): string {
  const begin = clauseAt(statement, "FOR", statement.verbAt);
  if (begin === -1) return "";
  const words = statement.tokens
    .slice(begin, begin + LOCK_WORDS_MAX)
    .filter(({ kind }) => kind === "word");
  return words.map(({ text }) => text.toUpperCase()).join(" ");
}

/** The keyword's place at the statement's own depth, after its verb; -1 where there is none. */
function clauseAt({ tokens, depths, verbAt }: SqlStatement, keyword: string, from: number): number {
  return tokens.findIndex(
    (_, at) => at > from && depths[at] === depths[verbAt] && wordAt(tokens, at) === keyword,
  );
}

function clause(
  { tokens, depths, verbAt }: SqlStatement,
  from: number,
  ends: readonly string[],
): readonly SqlToken[] {
  const own = depths[verbAt] ?? 0;
  const end = tokens.findIndex(
    (token, at) =>
      at >= from &&
      ((depths[at] ?? 0) < own ||
        (depths[at] === own && (ends.includes(wordAt(tokens, at)) || token.text === ";"))),
  );
  return tokens.slice(from, end === -1 ? undefined : end);
}

function hasWords({ tokens }: SqlStatement, first: string, second: string): boolean {
  return tokens.some((_, at) => wordAt(tokens, at) === first && wordAt(tokens, at + 1) === second);
}

function firstTokens(tokens: readonly SqlToken[]): string {
  const shown = tokens.slice(0, OTHER_TOKENS_MAX);
  const text = renderTerms([shown], "", false, TITLE_LENGTH_MAX);
  return tokens.length > shown.length ? `${text} …` : text;
}

/** Terms are dropped whole from the right where they are made; this is the last resort for one endless term. */
function fit(title: string): string {
  return title.length <= TITLE_LENGTH_MAX ? title : `${title.slice(0, TITLE_LENGTH_MAX - 1)}…`;
}

function fingerprintToken({ kind, text }: SqlToken): string {
  if (kind === "string" || kind === "number" || kind === "placeholder") return "?";
  return kind === "word" ? text.toLowerCase() : text;
}
