/** Which tables a statement names: the words after FROM, JOIN, INTO and the like. */
import { type SqlToken, wordAt } from "./sql-tokens.js";

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
  "STDIN",
]);

/** Between the verb and the table: how it is done, not to what. */
const MODIFIERS = new Set(["IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK"]);

export interface NamedTable {
  readonly name: string;
  /** Index of the word before it, or of its own first token. */
  readonly at: number;
}

export function tablesOf(
  tokens: readonly SqlToken[],
  verb: string,
  verbAt: number,
): readonly NamedTable[] {
  const tables: NamedTable[] = [];
  const add = (nameAt: number, at: number): void => {
    const name = qualifiedName(tokens, nameAt);
    if (name !== undefined) tables.push({ name, at });
  };
  const isNamedNext =
    verb === "UPDATE" ||
    verb === "COPY" ||
    (verb === "TRUNCATE" && wordAt(tokens, verbAt + 1) !== "TABLE");
  if (isNamedNext) add(afterModifiers(tokens, verbAt + 1), verbAt);
  for (const at of tokens.keys()) {
    const word = wordAt(tokens, at);
    if (
      !TABLE_BEFORE.has(word) ||
      isDistinctFrom(tokens, at) ||
      (word === "USING" && verb !== "DELETE" && verb !== "MERGE")
    )
      continue;
    add(at + 1, at);
    if (word === "FROM") for (const next of commaList(tokens, at + 1)) add(next, at);
  }
  return tables;
}

export function afterModifiers(tokens: readonly SqlToken[], from: number): number {
  let at = from;
  while (MODIFIERS.has(wordAt(tokens, at))) at++;
  // SQLite's `INSERT OR REPLACE`.
  return wordAt(tokens, at) === "OR" ? at + 2 : at;
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
      ["FROM", "WHERE", "ORDER", "GROUP", "LIMIT", "JOIN", "LEFT", "INNER", "ON"].includes(
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
export function qualifiedName(tokens: readonly SqlToken[], from: number): string | undefined {
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
  const hasColumns = ["INTO", "COPY"].includes(wordAt(tokens, from - 1));
  if (first.kind === "word" && tokens[at + 1]?.text === "(" && !hasColumns) return undefined;
  return first.text;
}
