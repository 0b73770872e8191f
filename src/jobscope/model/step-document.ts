/** One line of a timeline and its details, as the document has them. Names are snake_case because they are the JSON's. */
import type { Instant, Ns } from "./document-units.js";
import type { ErrorInfo } from "./error-document.js";
import type { LogTie } from "./logs/log-line.js";

export type StepKind =
  | "started"
  | "finished"
  | "failed"
  | "db"
  | "transaction"
  | "http"
  | "redis"
  | "enqueue"
  | "cache"
  | "mail"
  | "storage"
  | "render"
  | "code"
  | "log"
  | "exception"
  | "fold"
  | "gap"
  | "open"
  | "other";

export interface Step {
  /** Span id; `<span>.e<n>` for events; `log.<n>`; `gap.<n>`. */
  readonly id: string;
  readonly parent_id: string | null;
  /** 0 = directly under the job. */
  readonly depth: number;
  /** 0 unless it overlaps a sibling. */
  readonly lane: number;
  readonly kind: StepKind;
  /** From the attempt's start. */
  readonly offset_ns: Ns;
  readonly duration_ns: Ns | null;
  /** Duration less the union of its children. */
  readonly self_ns: Ns | null;
  readonly status: "ok" | "error" | "open" | "unset";
  /** The calm line; the same in every view. Raw text from spans: made safe where it is printed. */
  readonly title: string;
  /** Short facts printed two spaces after the title: `1 row`, `201`, `✗ PG::UniqueViolation`. */
  readonly result: string | null;
  /** `db:3f9a1c20`: stable across jobs and versions of the data. */
  readonly fingerprint: string;
  readonly detail: Db | Http | Redis | Enqueue | Log | ExceptionDetail | Fold | Gap | null;
  readonly library: { readonly name: string; readonly version: string | null } | null;
  readonly notes: readonly Note[];
  /** null unless asked for in full. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
}

export interface Db {
  readonly type: "db";
  readonly system: string;
  readonly database: string | null;
  readonly verb: string;
  /** In order of appearance. */
  readonly tables: readonly string[];
  /** The table that was written to; null for a read. */
  readonly target: string | null;
  /** OpenTelemetry's `db.query.summary` form. */
  readonly summary: string;
  readonly text: string | null;
  readonly text_reason: null | "withheld_by_instrumentation" | "not_recorded";
  /** What SQL-commenter wrote into the statement: where in the application it comes from. */
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly rows_returned: number | null;
  readonly rows_affected: number | null;
  /** Id of the transaction's first step (its BEGIN). */
  readonly transaction: string | null;
  readonly outcome: "committed" | "rolled_back" | "no_end_recorded" | "autocommit" | "unknown";
}

export interface Http {
  readonly type: "http";
  readonly method: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string | null;
  readonly path_pattern: string | null;
  /** Without user and password; query values replaced by `?`. */
  readonly url: string | null;
  readonly status: number | null;
  readonly connect_ns: Ns | null;
  readonly error: ErrorInfo | null;
}

export interface Redis {
  readonly type: "redis";
  readonly host: string | null;
  readonly commands: readonly { readonly name: string; readonly count: number }[];
  readonly key_pattern: string | null;
  readonly pipelined: boolean;
  readonly truncated: boolean;
}

export interface Enqueue {
  readonly type: "enqueue";
  readonly jid: string;
  readonly class: string;
  readonly queue: string | null;
  readonly due_at: Instant | null;
  readonly before_commit: boolean;
}

/** Only a document that was asked for with its log lines has it; `jobtrace.log-line/v1` has all of such a line. */
export interface Log {
  readonly type: "log";
  /** As its logger wrote it. */
  readonly severity: string | null;
  /** OpenTelemetry's, 1 to 24. */
  readonly severity_number: number | null;
  /** The whole of it as text. */
  readonly body: string;
  readonly at: Instant;
  /** false: it only names the job, or lies outside of every attempt; this one is the nearest. */
  readonly of_attempt: boolean;
  readonly tied_by: LogTie;
}

export interface ExceptionDetail {
  readonly type: "exception";
  readonly error: ErrorInfo;
}

/** Alike steps that are one line; only an arranged document has it. */
export interface Fold {
  readonly type: "fold";
  /** How often the step, or the block of steps, was repeated. */
  readonly count: number;
  /** Steps in one block. */
  readonly period: number;
  /** The union of their intervals: what ran at the same time is counted once. */
  readonly total_ns: Ns;
  /** Of one step, or of one block. */
  readonly p50_ns: Ns;
  readonly max_ns: Ns;
  /** The longest one, and where it began. */
  readonly max_step: string;
  readonly max_offset_ns: Ns;
  /** Of the attempt's duration, 0 to 1; null: it has no end. */
  readonly share: number | null;
  /** Where the last member to end ended, from the attempt's start. */
  readonly until_ns: Ns;
  /** Stretches between the members that would have been marked as gaps. */
  readonly gaps: number;
  readonly gaps_ns: Ns;
  /** Ids of all its members; null unless asked for in full. */
  readonly steps: readonly string[] | null;
}

/** A stretch in which no span was open; only an arranged document has it. */
export interface Gap {
  readonly type: "gap";
  /** The steps before and after it. */
  readonly between: readonly [string | null, string | null];
}

export interface Note {
  readonly code: string;
  readonly text: string;
}
