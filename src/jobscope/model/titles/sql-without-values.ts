/** A statement with `?` in place of each value, and all else as it was written. */
import { SQL_LENGTH_MAX, sqlParts } from "./sql-tokens.js";

export function sqlWithoutValues(sql: string): string {
  // In MySQL double quotes are around texts; it is MySQL where backquotes are around names.
  const isMysql = sql.includes("`");
  let text = "";
  for (const { kind, value } of sqlParts(sql)) {
    const isText = kind === "string" || kind === "number" || kind === "cut";
    // No name of a column or table has such signs in it.
    const isOddName =
      kind === "identifier" && value.startsWith('"') && (isMysql || /[^\w "$]/.test(value));
    text += isText || isOddName ? "?" : value;
  }
  // What is too long to be read is too long to be passed on.
  return sql.length > SQL_LENGTH_MAX ? `${text} …` : text;
}
