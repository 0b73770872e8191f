/**
 * Texts of spans without the values in them, for whoever passes a job on: the literals of statements, the arguments of jobs,
 * what error messages quote. What is left says what happened and not to whom.
 */
import { sqlWithoutValues } from "../titles/sql-without-values.js";

/** Attributes that hold statements. `sql`: ActiveSupport's own notification. */
const STATEMENTS: ReadonlySet<string> = new Set(["db.statement", "db.query.text", "sql"]);

const MESSAGES: ReadonlySet<string> = new Set([
  "exception.message",
  "error.message",
  "status.message",
  "log.body",
]);

const ADDRESSES: ReadonlySet<string> = new Set(["url.full", "http.url", "http.target"]);

/** `key`: of the attribute; `status.message` and `log.body` for the texts that are none. */
export function redactText(key: string, text: string): string {
  if (STATEMENTS.has(key)) return statementWithoutValues(text);
  if (MESSAGES.has(key)) return messageWithoutValues(text);
  if (key === "exception.stacktrace") return text.split("\n").map(frameWithoutValues).join("\n");
  if (ADDRESSES.has(key)) return text.replace(/([?&;][^=&;#]*)=[^&;#]*/g, "$1=?");
  if (key === "url.query") return text.replace(/([^=&;]*)=[^&;]*/g, "$1=?");
  if (/(?:^|[._])(?:args|arguments)$/.test(key)) return jsonWithoutValues(text);
  if (/^db\.(?:query|operation)\.parameter\.|^http\.(?:request|response)\.header\./.test(key))
    return "?";
  return text;
}

/** What begins as SQL does. SET and SELECT are commands of Redis as well. */
const SQL =
  /^\s*(?:\/\*[\s\S]*?\*\/\s*)*\(?\s*(?:SELECT\s+(?!\d+\s*$)|SET\s+\S+\s*(?:=|TO\b)|SET\s+(?:SESSION|LOCAL|NAMES|TIME|TRANSACTION)\b|(?:INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|START|MERGE|REPLACE|CREATE|ALTER|DROP|TRUNCATE|SHOW|EXPLAIN|PREPARE|EXECUTE|DEALLOCATE|CALL|LOCK|COPY|VACUUM|ANALYZE|PRAGMA|USE|VALUES|DECLARE|FETCH|CLOSE|DO|GRANT|REVOKE)\b)/i;

function statementWithoutValues(text: string): string {
  if (SQL.test(text)) return sqlWithoutValues(text);
  if (/^\s*[{[]/.test(text)) return jsonWithoutValues(text);
  // A command of Redis and the like: one a line, its word first.
  return text
    .split("\n")
    .map((line) => {
      const [word = "", ...values] = line.trim().split(/\s+/);
      return [word, ...values.map(() => "?")].join(" ");
    })
    .join("\n");
}

/** Quoted texts, what PostgreSQL puts in parentheses behind a column, ids, numbers. */
function messageWithoutValues(text: string): string {
  return text
    .replace(/"[^"\n]*"|'[^'\n]*'|`[^`'\n]*['`]/g, "?")
    .replace(/=\([^)\n]*\)/g, "=(?)")
    .replace(/[\w.+-]+@[\w-]+\.[\w.-]+/g, "?")
    .replace(/0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+/gi, "?");
}

/** Where it is stays; what Ruby writes behind it on the first line is the message. */
function frameWithoutValues(line: string): string {
  const [place = ""] =
    /^\s*(?:from )?[^\s:][^:]*:\d+(?::in (?:[`'][^'\n]*'|\S+))?/.exec(line) ?? [];
  return place + messageWithoutValues(line.slice(place.length));
}

function jsonWithoutValues(text: string): string {
  try {
    return JSON.stringify(withoutValues(JSON.parse(text)));
  } catch {
    return "?";
  }
}

/** Lists and names stay, each value is a question mark. */
function withoutValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutValues);
  if (typeof value !== "object" || value === null) return value === null ? null : "?";
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutValues(each)]));
}
