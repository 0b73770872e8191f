/**
 * One span → one step, looked at alone. What only its neighbours tell (merging, transactions, order) is left to the
 * passes after this.
 */
import { countText } from "../count-text.js";
import type { Step, StepKind } from "../step-document.js";
import type { Push } from "../job-trace.js";
import { numberAttribute, type Span, textAttribute } from "../span.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { httpTitle } from "../titles/http-title.js";
import { redisTitle } from "../titles/redis-title.js";
import { sqlTitle } from "../titles/sql-title.js";

/** A step and the span it stands for, while the passes work on it. */
export interface DraftStep {
  readonly span: Span;
  readonly kind: StepKind;
  readonly title: string;
  readonly result: string | null;
  readonly fingerprint: string;
  readonly detail: Step["detail"];
  readonly error: boolean;
}

/** What the obfuscator of the Ruby instrumentations writes in place of a statement that it gives up on. */
const WITHHELD = [
  /^SQL not obfuscated, query exceeds (\d+) characters$/,
  /^Failed to obfuscate SQL query/,
];

export function draftStep(span: Span, push: Push | undefined): DraftStep {
  const draft =
    pushStep(push) ?? httpStep(span) ?? redisStep(span) ?? dbStep(span) ?? otherStep(span);
  return { ...draft, span, error: span.status.code === "error" };
}

type Drafted = Omit<DraftStep, "span" | "error">;

function pushStep(push: Push | undefined): Drafted | undefined {
  if (push === undefined) return undefined;
  if (push.kind === "active_job")
    return { ...plain("enqueue", `ENQUEUE ${push.jobClass}`), detail: null };
  const name = push.jobClass === "" ? "(class not recorded)" : push.jobClass;
  return {
    kind: "enqueue",
    title: `ENQUEUE ${name} → ${push.jid.slice(0, 8)}`,
    result: null,
    fingerprint: fingerprintOf("enqueue", name),
    detail: {
      type: "enqueue",
      jid: push.jid,
      class: name,
      queue: push.queue === "" ? null : push.queue,
      due_at: null,
      before_commit: false,
    },
  };
}

function httpStep(span: Span): Drafted | undefined {
  const http = httpTitle(span);
  if (http === undefined) return undefined;
  const { title, method, host, port, path, pathPattern, url, status, fingerprint } = http;
  const failed =
    (status !== null && status >= 500) || (status === null && span.status.code === "error");
  return {
    kind: "http",
    title,
    fingerprint,
    result: status === null ? null : failed ? `${status} ✗` : String(status),
    detail: {
      type: "http",
      method,
      host,
      port,
      path,
      path_pattern: pathPattern,
      url,
      status,
      connect_ns: null,
      error: null,
    },
  };
}

function redisStep(span: Span): Drafted | undefined {
  const redis = redisTitle(span);
  if (redis === undefined) return undefined;
  const { title, commands, keyPattern, pipelined, truncated, fingerprint } = redis;
  const host = textAttribute(span.attributes, "server.address", "net.peer.name") ?? null;
  const detail = {
    type: "redis",
    host,
    commands,
    key_pattern: keyPattern,
    pipelined,
    truncated,
  } as const;
  return { kind: "redis", title, result: null, fingerprint, detail };
}

function dbStep(span: Span): Drafted | undefined {
  const { attributes } = span;
  const system = textAttribute(attributes, "db.system.name", "db.system");
  const database = textAttribute(attributes, "db.namespace", "db.name") ?? null;
  if (system === undefined) return undefined;
  const text = textAttribute(attributes, "db.query.text", "db.statement");
  const isWithheld = text !== undefined && WITHHELD.some((pattern) => pattern.test(text));
  const parsed = text === undefined || isWithheld ? namedOnly(span, text) : sqlTitle(text);
  const returned = numberAttribute(attributes, "db.response.returned_rows") ?? null;
  const affected = numberAttribute(attributes, "db.response.affected_rows") ?? null;
  return {
    kind: ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].includes(parsed.verb)
      ? "transaction"
      : "db",
    title: parsed.title,
    result: rowsText(affected ?? returned),
    fingerprint: parsed.fingerprint,
    detail: {
      type: "db",
      system,
      database,
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
      rows_returned: returned,
      rows_affected: affected,
      transaction: null,
      outcome: "unknown",
    },
  };
}

/** A database span whose statement is not there: what its other attributes say. */
function namedOnly(span: Span, withheld: string | undefined): ReturnType<typeof sqlTitle> {
  const verb =
    textAttribute(span.attributes, "db.operation.name", "db.operation")?.toUpperCase() ?? "";
  const table = textAttribute(span.attributes, "db.collection.name", "db.sql.table");
  const database = textAttribute(span.attributes, "db.namespace", "db.name");
  const over = WITHHELD[0]?.exec(withheld ?? "")?.[1];
  const why =
    withheld === undefined
      ? "text not recorded"
      : `text withheld by instrumentation${over === undefined ? "" : `: over ${over} chars`}`;
  const subject = [verb, table].filter(Boolean).join(" ");
  const isConnect = span.name === "connect" && subject === "";
  const title = isConnect
    ? `CONNECT ${database ?? ""}`.trim()
    : `${subject === "" ? span.name : subject} (${why})`;
  return {
    title,
    verb: isConnect ? "CONNECT" : verb,
    tables: table === undefined ? [] : [table],
    target: table !== undefined && ["INSERT", "UPDATE", "DELETE"].includes(verb) ? table : null,
    summary: subject,
    fingerprint: fingerprintOf("db", `${title} ${database ?? ""}`),
  };
}

function otherStep(span: Span): Drafted {
  const name = span.name === "" ? "(unnamed)" : span.name;
  if (span.scope.name.endsWith("ActionMailer")) return plain("mail", name);
  if (span.scope.name.endsWith("ActiveStorage")) return plain("storage", name);
  if (/Action(?:View|Pack)$/.test(span.scope.name)) return plain("render", name);
  return plain(span.kind === "internal" ? "code" : "other", name);
}

function plain(kind: StepKind, title: string): Drafted {
  return { kind, title, result: null, fingerprint: fingerprintOf(kind, title), detail: null };
}

function rowsText(rows: number | null): string | null {
  if (rows === null) return null;
  return `${countText(rows)} ${rows === 1 ? "row" : "rows"}`;
}
