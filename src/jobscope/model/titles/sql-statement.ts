/** What a SQL statement does, as far as its tokens tell: the verb, the tables, and where its clauses begin. */
import { type SqlToken, sqlTokens } from "./sql-tokens.js";

export interface SqlStatement {
  readonly tokens: readonly SqlToken[];
  /** Upper case; "" when no known verb stands at the top level. */
  readonly verb: string;
  /** Index of the verb's token. */
  readonly verbAt: number;
  /** Begins with WITH. */
  readonly hasCte: boolean;
  /** In order of appearance, each once; without the schema `public`. */
  readonly tables: readonly string[];
  /** The table that is written to; undefined for a read, and where it cannot be told. */
  readonly target: string | undefined;
  /** Depth of parentheses around each token. */
  readonly depths: readonly number[];
  readonly isCut: boolean;
}

const VERBS = new Set([
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "MERGE",
  "REPLACE",
  "CALL",
  "COPY",
  "TRUNCATE",
  "BEGIN",
  "START",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "SET",
  "SHOW",
  "EXPLAIN",
  "LOCK",
  "CREATE",
  "ALTER",
  "DROP",
]);

/** The verbs that may follow a list of common table expressions. */
const MAIN_VERBS = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"]);

/** After these a table's name follows. */
const TABLE_BEFORE = new Set(["FROM", "JOIN", "INTO", "USING", "TABLE"]);

/** Words that can stand where a table's name could, and are none. */
const NOT_A_TABLE = new Set([
  "SELECT",
  "LATERAL",
  "ONLY",
  "VALUES",
  "SET",
  "WHERE",
  "UNNEST",
  "IF",
  "EXISTS",
]);

export function sqlStatement(sql: string): SqlStatement {
  const { tokens, isCut } = sqlTokens(sql);
  const depths = depthsOf(tokens);
  const hasCte = wordAt(tokens, 0) === "WITH";
  const verbs = hasCte ? MAIN_VERBS : VERBS;
  const verbAt = tokens.findIndex(
    (token, at) => token.kind === "word" && depths[at] === 0 && verbs.has(token.text.toUpperCase()),
  );
  const verb = verbAt === -1 ? "" : (tokens[verbAt]?.text.toUpperCase() ?? "");
  const ctes = hasCte ? cteNames(tokens, depths) : new Set<string>();
  const tables = tablesOf(tokens, verb, verbAt).filter((table) => !ctes.has(table));
  const target = targetOf(tokens, verb, verbAt);
  return { tokens, verb, verbAt, hasCte, tables, target, depths, isCut };
}

export function wordAt(tokens: readonly SqlToken[], at: number): string {
  const token = tokens[at];
  return token?.kind === "word" ? token.text.toUpperCase() : "";
}

function depthsOf(tokens: readonly SqlToken[]): readonly number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    if (kind === "operator" && text === ")") depth = Math.max(0, depth - 1);
    const here = depth;
    if (kind === "operator" && text === "(") depth++;
    return here;
  });
}

/** `WITH a AS (…), b AS (…)`: names that are not tables. */
function cteNames(tokens: readonly SqlToken[], depths: readonly number[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    const isName = token.kind === "word" || token.kind === "identifier";
    if (isName && depths[at] === 0 && wordAt(tokens, at + 1) === "AS") names.add(token.text);
  }
  return names;
}

function tablesOf(tokens: readonly SqlToken[], verb: string, verbAt: number): readonly string[] {
  const tables: string[] = [];
  const add = (at: number): void => {
    const name = qualifiedName(tokens, at);
    if (name !== undefined && !tables.includes(name)) tables.push(name);
  };
  if (verb === "UPDATE") add(verbAt + 1);
  if (verb === "TRUNCATE" && wordAt(tokens, verbAt + 1) !== "TABLE") add(verbAt + 1);
  for (const at of tokens.keys()) {
    const word = wordAt(tokens, at);
    if (
      !TABLE_BEFORE.has(word) ||
      isDistinctFrom(tokens, at) ||
      (word === "USING" && verb !== "DELETE" && verb !== "MERGE")
    )
      continue;
    add(at + 1);
    if (word === "FROM") for (const next of commaList(tokens, at + 1)) add(next);
  }
  return tables;
}

/** `INSERT INTO x`, `UPDATE x`, `DELETE FROM x`. */
function targetOf(tokens: readonly SqlToken[], verb: string, verbAt: number): string | undefined {
  if (!["INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE"].includes(verb))
    return undefined;
  const next = wordAt(tokens, verbAt + 1);
  return qualifiedName(tokens, ["INTO", "FROM", "TABLE"].includes(next) ? verbAt + 2 : verbAt + 1);
}

/** `IS DISTINCT FROM x` and `EXTRACT(day FROM x)` name no table. */
function isDistinctFrom(tokens: readonly SqlToken[], at: number): boolean {
  const before = wordAt(tokens, at - 1);
  return (
    before === "DISTINCT" ||
    ["DAY", "HOUR", "EPOCH", "YEAR", "MONTH", "MINUTE", "SECOND"].includes(before)
  );
}

/** `FROM a, b x, c`: where the further names begin. */
function commaList(tokens: readonly SqlToken[], from: number): readonly number[] {
  const found: number[] = [];
  let at = from;
  while (
    tokens[at]?.kind === "word" ||
    tokens[at]?.kind === "identifier" ||
    tokens[at]?.text === "."
  ) {
    if (
      tokens[at]?.kind === "word" &&
      ["WHERE", "ORDER", "GROUP", "LIMIT", "JOIN", "LEFT", "INNER", "ON"].includes(
        wordAt(tokens, at),
      )
    )
      break;
    at++;
    if (tokens[at]?.text === ",") {
      at++;
      found.push(at);
    }
  }
  return found;
}

/** `"shop"."orders"` is `shop.orders`; `public.orders` is `orders`; a subquery has no name. */
function qualifiedName(tokens: readonly SqlToken[], from: number): string | undefined {
  const at = wordAt(tokens, from) === "ONLY" ? from + 1 : from;
  const first = tokens[at];
  if (first === undefined || (first.kind !== "identifier" && first.kind !== "word"))
    return undefined;
  if (first.kind === "word" && NOT_A_TABLE.has(first.text.toUpperCase())) return undefined;
  const second = tokens[at + 2];
  if (tokens[at + 1]?.text === "." && second !== undefined) {
    return first.text === "public" ? second.text : `${first.text}.${second.text}`;
  }
  // A function that gives rows: `FROM generate_series(1, 3)`.
  if (first.kind === "word" && tokens[at + 1]?.text === "(" && wordAt(tokens, from - 1) !== "INTO")
    return undefined;
  return first.text;
}
