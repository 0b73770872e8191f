/**
 * A statement in OpenTelemetry's `db.query.summary` form: its operations and what they are done to, in order of appearance,
 * without values: `SELECT users accounts`, `INSERT shipping_details SELECT orders`.
 */
import { type SqlStatement, toldVerb } from "./sql-statement.js";
import { wordAt } from "./sql-tokens.js";

/** The convention cuts there, between words. Characters. */
const LENGTH_MAX = 255;

const OPERATIONS: ReadonlySet<string> = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"]);

export function sqlSummary(statement: SqlStatement): string {
  const { tokens, tables, target, verb, verbAt, depths } = statement;
  const told = toldVerb(statement);
  if (target === undefined || !OPERATIONS.has(verb)) return cut([told, ...tables]);
  const sources = tables.filter((table) => table !== target);
  // `INSERT … SELECT` is two operations; the SELECT of a subquery in a condition is one as well.
  const selects = tokens.some(
    (_, at) => at > verbAt && wordAt(tokens, at) === "SELECT" && (depths[at] ?? 0) <= 1,
  );
  return cut([told, target, ...(selects && sources.length > 0 ? ["SELECT"] : []), ...sources]);
}

function cut(words: readonly string[]): string {
  let text = "";
  for (const word of words) {
    if (word === "") continue;
    const longer = text === "" ? word : `${text} ${word}`;
    if (longer.length > LENGTH_MAX) return text;
    text = longer;
  }
  return text;
}
