/** Queries about the database itself: its tables, columns, types and settings. Frameworks ask them once for each connection. */
import type { Db } from "../step-document.js";

/** Catalogues of PostgreSQL, the standard, MySQL and SQLite. */
const CATALOGUE = /^(?:pg_catalog\.|pg_(?!temp)|information_schema(?:\.|$)|mysql\.|sqlite_)/i;

export function isSchemaQuery({ verb, tables, text }: Db): boolean {
  // `;` asks a connection whether it is still there.
  if (verb === "SHOW" || (text !== null && /^\s*;\s*$/.test(text))) return true;
  const reads = verb === "SELECT" || verb === "PREPARE";
  return reads && tables.length > 0 && tables.every((table) => CATALOGUE.test(table));
}
