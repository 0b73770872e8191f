/**
 * One span → one step, looked at alone. What only its neighbours tell (merging, transactions, order) is left to the
 * passes after this.
 */
import { isInterruption } from "../errors/interruption.js";
import type { Push } from "../job-trace.js";
import { type Span, textAttribute } from "../span.js";
import type { Step, StepKind } from "../step-document.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { connectTitle, httpTitle } from "../titles/http-title.js";
import { libraryTitle } from "../titles/library-title.js";
import { redisTitle } from "../titles/redis-title.js";
import { dbDraft } from "./db-draft.js";

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

export type Drafted = Omit<DraftStep, "span" | "error">;

/** `full`: URLs with the values of their queries. */
export function draftStep(span: Span, push: Push | undefined, full: boolean): DraftStep {
  const draft =
    pushDraft(push) ??
    httpDraft(span, full) ??
    redisDraft(span) ??
    cacheDraft(span) ??
    dbDraft(span) ??
    libraryDraft(span);
  return { ...draft, span, error: span.status.code === "error" && !wasInterrupted(span) };
}

/** What stops a job to run it again passes through its spans as an exception, and is none. */
function wasInterrupted({ events }: Span): boolean {
  const last = events.findLast(({ name }) => name === "exception");
  return (
    last !== undefined && isInterruption(textAttribute(last.attributes, "exception.type") ?? "")
  );
}

function pushDraft(push: Push | undefined): Drafted | undefined {
  if (push === undefined) return undefined;
  if (push.kind === "active_job") return plain("enqueue", `ENQUEUE ${push.jobClass}`);
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

function httpDraft(span: Span, full: boolean): Drafted | undefined {
  const connect = connectTitle(span);
  if (connect !== undefined) return plain("http", connect);
  const http = httpTitle(span, full);
  if (http === undefined) return undefined;
  const { title, method, host, port, path, pathPattern, url, status, operation, fingerprint } =
    http;
  const failed =
    (status !== null && status >= 500) || (status === null && span.status.code === "error");
  const told = status === null ? null : failed ? `${status} ✗` : String(status);
  return {
    kind: "http",
    title,
    fingerprint,
    result: [told, operation].filter(Boolean).join("  ") || null,
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

function redisDraft(span: Span): Drafted | undefined {
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

/** Caches call themselves databases. */
function cacheDraft(span: Span): Drafted | undefined {
  const system = textAttribute(span.attributes, "db.system.name", "db.system");
  return system === "memcached" || system === "lmdb" ? libraryDraft(span) : undefined;
}

function libraryDraft(span: Span): Drafted {
  const { kind, title, result } = libraryTitle(span);
  return { ...plain(kind, title), result };
}

function plain(kind: StepKind, title: string): Drafted {
  return { kind, title, result: null, fingerprint: fingerprintOf(kind, title), detail: null };
}
