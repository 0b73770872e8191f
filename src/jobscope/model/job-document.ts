/**
 * The document every view of a job is drawn from: text, `--json` and whatever comes later.
 *
 * It is a promise to scripts, `jobtrace.job/v1`: every key is always present; what is not known is null and
 * a `*_reason` beside it or the `completeness` block says why; lists are empty, never absent. The same
 * store gives the same bytes: keys and lists have a fixed order and nothing is read from a clock. Titles and
 * numbers are computed once, here, so two views cannot disagree. Names are snake_case because they are the
 * JSON's.
 */

/** RFC 3339, UTC, nine decimals. */
export type Instant = string;

/** Integer nanoseconds. A JS number: exact to 2^53 ns, which is 104 days. */
export type Ns = number;

export type JobState = "queued" | "running" | "completed" | "failed" | "orphaned";

export interface JobDocument {
  readonly schema: "jobtrace.job/v1";
  /** Receipt of the newest batch read for this job. */
  readonly as_of: Instant;
  readonly job: Job;
  /** Oldest first; empty only when no run was recorded. */
  readonly attempts: readonly Attempt[];
  readonly errors: ErrorComparison;
  /** All attempts together. */
  readonly effects: Effects;
  readonly chain: Chain;
  readonly completeness: Completeness;
}

export interface Job {
  readonly jid: string;
  readonly class: string | null;
  readonly queue: string | null;
  /** Resource `service.name`. */
  readonly service: string | null;
  readonly state: JobState;
  readonly state_detail:
    | null
    | "scheduled"
    | "retrying"
    | "dead"
    | "discarded"
    | "interrupted_by_shutdown"
    | "worker_gone"
    | "silent";
  readonly state_evidence: readonly Evidence[];
  readonly args: readonly unknown[] | null;
  readonly args_reason: null | "not_recorded" | "redacted";
  readonly retry: {
    readonly attempts_made: number;
    readonly attempts_max: number | null;
    readonly next_at: Instant | null;
  };
  readonly ids: {
    readonly active_job_id: string | null;
    readonly batch_id: string | null;
    /** As received, in order of first record. */
    readonly trace_ids: readonly string[];
    /** The trace id under which the job is forwarded: `6a6f6274` + jid, a UUID as it is, else SHA-256. */
    readonly job_trace_id: string;
    readonly correlation: readonly { readonly key: string; readonly value: string }[];
  };
  readonly created_at: Instant | null;
  readonly enqueued_at: Instant | null;
  /** Of attempt 1. */
  readonly started_at: Instant | null;
  /** Of the last attempt. */
  readonly finished_at: Instant | null;
  /** Enqueue to start of attempt 1; null if not recorded or the clocks disagree. */
  readonly wait_ns: Ns | null;
  readonly wait_reason: null | "not_recorded" | "clocks_disagree";
  /** Of the last attempt. */
  readonly duration_ns: Ns | null;
  /** Every recorded push, oldest first. */
  readonly enqueued_by: readonly Enqueued[];
  readonly enqueued_by_reason: null | "not_recorded";
}

/** One recorded push of the job, and who pushed. */
export interface Enqueued {
  readonly at: Instant;
  /** "request": a server span; "job": an attempt of another job; "span": any other span; "none": a root push. */
  readonly kind: "request" | "job" | "span" | "none" | "not_received";
  /** `POST /orders`, `CheckoutJob`, `rake task`; null for none and not_received. */
  readonly title: string | null;
  /** The jid, for a job. */
  readonly jid: string | null;
  readonly service: string | null;
  readonly trace_id: string;
  readonly span_id: string;
  readonly scheduled: boolean | null;
}

export interface Evidence {
  readonly at: Instant;
  readonly text: string;
  readonly span_id: string | null;
}

export interface Attempt {
  /** 1, 2, 3: rank by start among the recorded attempts. */
  readonly number: number;
  /** Sidekiq's own: null, 0, 1. */
  readonly retry_count: number | null;
  readonly cause: "first" | "retry" | "requeued_by_shutdown" | "recovered" | "manual" | "unknown";
  readonly state: "running" | "completed" | "failed" | "interrupted" | "orphaned";
  readonly trace_id: string;
  /** null: never received. */
  readonly root_span_id: string | null;
  /** As recorded on the attempt's root span; null when that was not received. */
  readonly enqueued_at: Instant | null;
  readonly started_at: Instant;
  readonly finished_at: Instant | null;
  readonly wait_ns: Ns | null;
  readonly duration_ns: Ns | null;
  readonly worker: {
    readonly host: string | null;
    readonly pid: number | null;
    readonly thread: string | null;
  } | null;
  readonly error: ErrorInfo | null;
  /** A {@link Step.id}. */
  readonly last_finished_step: string | null;
  readonly never_closed: readonly OpenSpan[];
  /** Document order is time order. */
  readonly steps: readonly Step[];
  /** Of this attempt. */
  readonly effects: Effects;
  /** What a run that did not complete changed all the same; null when it completed. */
  readonly left_behind: Effects | null;
}

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

export interface Log {
  readonly type: "log";
  readonly severity: string;
  readonly body: string;
  readonly at: Instant;
}

export interface ExceptionDetail {
  readonly type: "exception";
  readonly error: ErrorInfo;
}

export interface Fold {
  readonly type: "fold";
  readonly count: number;
  readonly total_ns: Ns;
  readonly p50_ns: Ns;
  readonly max_ns: Ns;
  readonly max_step: string;
  readonly steps: readonly string[] | null;
}

export interface Gap {
  readonly type: "gap";
  readonly between: readonly [string | null, string | null];
}

export interface Frame {
  readonly file: string;
  readonly line: number | null;
  readonly method: string | null;
  /** Not under gems, bundle, ruby or vendor. */
  readonly app: boolean;
}

export interface ErrorInfo {
  readonly class: string;
  readonly message: string;
  readonly fingerprint: string;
  readonly backtrace: readonly Frame[];
  readonly at: Instant;
}

export interface ErrorComparison {
  readonly distinct: number;
  readonly changed: boolean;
  readonly first: { readonly attempt: number; readonly error: ErrorInfo } | null;
  readonly last: { readonly attempt: number; readonly error: ErrorInfo } | null;
  readonly by_attempt: readonly {
    readonly attempt: number;
    readonly fingerprint: string | null;
    readonly same_as: number | null;
  }[];
}

export interface Effects {
  readonly tables: readonly TableEffect[];
  readonly http: readonly HttpEffect[];
  readonly redis: readonly RedisEffect[];
  readonly jobs: readonly {
    readonly class: string;
    readonly queue: string | null;
    readonly jids: readonly string[];
  }[];
  readonly mail: { readonly count: number };
  readonly errors: number;
}

export interface TableEffect {
  readonly system: string;
  readonly database: string | null;
  readonly table: string;
  readonly reads: number;
  readonly inserts: Rows;
  readonly updates: Rows;
  readonly deletes: Rows;
  /** null: reads only. */
  readonly outcome: "committed" | "rolled_back" | "no_end_recorded" | "mixed" | "unknown" | null;
}

/** `rows` is null when not recorded. */
export interface Rows {
  readonly statements: number;
  readonly rows: number | null;
}

export interface HttpEffect {
  readonly method: string;
  readonly host: string | null;
  readonly path_pattern: string | null;
  readonly calls: number;
  /** Status code → calls, in ascending order of code. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly total_ns: Ns;
}

export interface RedisEffect {
  readonly host: string | null;
  readonly command: string;
  readonly calls: number;
  readonly writes: boolean;
}

export interface Chain {
  readonly root: ChainNode;
  /** From the root down to this job. */
  readonly path: readonly ChainNode[];
  readonly children: readonly ChainNode[];
}

export interface ChainNode {
  readonly kind: "request" | "job" | "unknown";
  readonly id: string;
  readonly title: string;
  readonly service: string | null;
  readonly state: JobState | null;
  readonly started_at: Instant | null;
  readonly duration_ns: Ns | null;
  readonly wait_ns: Ns | null;
  readonly via_span: string | null;
}

export interface OpenSpan {
  readonly span_id: string;
  readonly title: string | null;
  readonly opened_at: Instant | null;
  readonly finished_children: number;
  readonly source: "start_record" | "inferred_from_children";
}

export interface Note {
  readonly code: string;
  readonly text: string;
}

export interface Completeness {
  readonly complete: boolean;
  /** 1: stock OpenTelemetry. 2: with the jid on every span. */
  readonly level: 1 | 2;
  readonly spans: number;
  readonly missing_parents: number;
  /** Received more than 30 s after the job's end. */
  readonly late_spans: number;
  /** A sampled-out link or trace flag was seen. */
  readonly sampled: boolean;
  readonly not_recorded: readonly string[];
  readonly notes: readonly Note[];
}

export const NO_EFFECTS: Effects = {
  tables: [],
  http: [],
  redis: [],
  jobs: [],
  mail: { count: 0 },
  errors: 0,
};
