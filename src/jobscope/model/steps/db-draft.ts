/** A database span → what its step says. */
import { countText } from "../count-text.js";
import { numberAttribute, type Span, textAttribute } from "../span.js";
import type { Db } from "../step-document.js";
import { documentStoreTitle } from "../titles/document-store-title.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { type SqlTitle, sqlTitle } from "../titles/sql-title.js";
import type { Drafted } from "./draft-step.js";

/** What the obfuscator of the Ruby instrumentations writes in place of a statement that it gives up on. */
const WITHHELD = [
  /^SQL not obfuscated, query exceeds (\d+) characters$/,
  /^Failed to obfuscate SQL query/,
];

const TRANSACTION_VERBS: ReadonlySet<string> = new Set([
  "BEGIN",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
]);

/** undefined: not a database span. */
export function dbDraft(span: Span): Drafted | undefined {
  const { attributes } = span;
  const notified = notifiedSql(span);
  const system =
    textAttribute(attributes, "db.system.name", "db.system") ??
    (notified === undefined ? undefined : "other_sql");
  if (system === undefined) return undefined;
  const text = textAttribute(attributes, "db.query.text", "db.statement") ?? notified;
  const isWithheld = text !== undefined && WITHHELD.some((pattern) => pattern.test(text));
  const parsed =
    documentStoreTitle(span) ??
    (text === undefined || isWithheld
      ? namedOnly(span, text)
      : isPreparing(span)
        ? prepareTitle(text)
        : sqlTitle(text));
  const returned =
    numberAttribute(attributes, "db.response.returned_rows") ??
    (notified === undefined ? undefined : numberAttribute(attributes, "row_count")) ??
    null;
  const affected = numberAttribute(attributes, "db.response.affected_rows") ?? null;
  const detail: Db = {
    type: "db",
    system,
    database: textAttribute(attributes, "db.namespace", "db.name") ?? null,
    verb: parsed.verb,
    tables: parsed.tables,
    target: parsed.target,
    summary: textAttribute(attributes, "db.query.summary") ?? parsed.summary,
    text: isWithheld ? null : (text ?? null),
    text_reason: isWithheld
      ? "withheld_by_instrumentation"
      : text === undefined
        ? "not_recorded"
        : null,
    tags: parsed.tags,
    rows_returned: returned,
    rows_affected: affected,
    transaction: null,
    outcome: "unknown",
  };
  return {
    kind: TRANSACTION_VERBS.has(parsed.verb) ? "transaction" : "db",
    title: parsed.title,
    result: rowsText(affected ?? returned),
    fingerprint: parsed.fingerprint,
    detail,
  };
}

/** A span for handing a statement to the database, before others that run it. */
export function isPreparing({ attributes }: Span): boolean {
  const operation = textAttribute(attributes, "db.operation.name", "db.operation");
  return operation?.toUpperCase() === "PREPARE";
}

/** It reads and writes nothing yet. */
function prepareTitle(text: string): SqlTitle {
  const title = sqlTitle(text);
  return {
    ...title,
    title: `PREPARE ${title.title}`,
    verb: "PREPARE",
    target: null,
    fingerprint: fingerprintOf("db", `PREPARE ${title.fingerprint}`),
  };
}

/** ActiveSupport's notification of a query, where an application subscribed to it: all there is for SQLite. */
export function notifiedSql({ name, attributes }: Span): string | undefined {
  return name === "sql.active_record" || name === "active_record sql"
    ? textAttribute(attributes, "sql")
    : undefined;
}

/** A database span whose statement is not there: what its name and its other attributes say. */
function namedOnly(span: Span, withheld: string | undefined): SqlTitle {
  const { attributes, name } = span;
  const database = textAttribute(attributes, "db.namespace", "db.name");
  const isConnect = name === "connect" || name === "ping";
  const verb = isConnect
    ? name.toUpperCase()
    : (textAttribute(attributes, "db.operation.name", "db.operation")?.toUpperCase() ??
      verbInName(name));
  const table = textAttribute(attributes, "db.collection.name", "db.sql.table");
  const subject = [verb, table].filter(Boolean).join(" ");
  const title = isConnect
    ? [verb, database].filter(Boolean).join(" ")
    : TRANSACTION_VERBS.has(verb)
      ? transactionTitle(verb, name)
      : `${subject === "" ? name : subject} (${whyNoText(withheld)})`;
  return {
    title,
    verb,
    tables: table === undefined ? [] : [table],
    target: table !== undefined && ["INSERT", "UPDATE", "DELETE"].includes(verb) ? table : null,
    summary: subject,
    tags: [],
    fingerprint: fingerprintOf("db", `${title} ${database ?? ""}`),
  };
}

/** The MySQL gems name the span of a savepoint for all it does: `release savepoint`. */
function transactionTitle(verb: string, name: string): string {
  if (verb === "BEGIN") return "BEGIN TRANSACTION";
  return name.toUpperCase() === `${verb} SAVEPOINT` ? `${verb} SAVEPOINT` : verb;
}

function whyNoText(withheld: string | undefined): string {
  if (withheld === undefined) return "text not recorded";
  const over = WITHHELD[0]?.exec(withheld)?.[1];
  return `text withheld by instrumentation${over === undefined ? "" : `: over ${over} chars`}`;
}

/** The MySQL gems name a span for its operation, `begin` and `release savepoint`, and have no attribute for it. */
function verbInName(name: string): string {
  const [word = ""] = name.toUpperCase().split(" ", 1);
  return /^(?:SELECT|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PREPARE|EXECUTE)$/.test(
    word,
  )
    ? word
    : "";
}

function rowsText(rows: number | null): string | null {
  if (rows === null) return null;
  return `${countText(rows)} ${rows === 1 ? "row" : "rows"}`;
}
