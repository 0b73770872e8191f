/**
 * The document every view of a job is drawn from: text, `--json` and whatever comes later.
 *
 * It is a promise to scripts, `jobtrace.job/v1`: every key is always present; what is not known is null and
 * a `*_reason` beside it or the `completeness` block says why; lists are empty, never absent. The same
 * store gives the same bytes: keys and lists have a fixed order and nothing is read from a clock. Titles and
 * numbers are computed once, here, so two views cannot disagree. Names are snake_case because they are the
 * JSON's.
 */
import type { Instant, Ns, Percentiles } from "./document-units.js";
import type { Effects } from "./effects-document.js";
import type { ErrorComparison, ErrorInfo } from "./error-document.js";
import type { Note, Step, StepKind } from "./step-document.js";

export const JOB_STATES = ["queued", "running", "completed", "failed", "orphaned"] as const;

export type JobState = (typeof JOB_STATES)[number];

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
  /** Runs of workers that name no job and may be of this one; oldest first. */
  readonly orphan_candidates: readonly OrphanCandidate[];
  readonly orphan_search: {
    /** Batches looked at; null: not looked for, because nothing of the job is missing or nobody asked. */
    readonly batches: number | null;
    /** Whether all that was received since the push was looked at. */
    readonly complete: boolean;
    /** Candidates that are not listed. */
    readonly omitted: number;
  };
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
    /** Those recorded. */
    readonly attempts_made: number;
    /** When more attempts than those recorded were certainly made: at least so many. */
    readonly attempts_at_least: number | null;
    readonly attempts_max: number | null;
    readonly attempts_max_reason: null | "not_recorded";
    /** The earliest and the latest time of the next attempt, while one may follow. */
    readonly next_at: Instant | null;
    readonly next_until: Instant | null;
    /** Sidekiq's default formula: a class may define its own. */
    readonly next_basis: null | "default_backoff";
  };
  readonly ids: {
    readonly active_job_id: string | null;
    readonly batch_id: string | null;
    /** As received, in order of first record. */
    readonly trace_ids: readonly string[];
    /** The trace id under which the job is forwarded: `6a6f6274` + jid, a UUID as it is, else SHA-256. */
    readonly job_trace_id: string;
    readonly correlation: readonly { readonly key: string; readonly value: string }[];
    /** Other jids of the same ActiveJob id, oldest first: `retry_on` makes a new one for each attempt. */
    readonly siblings: readonly {
      readonly jid: string;
      readonly state: JobState | null;
      readonly started_at: Instant | null;
    }[];
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
  /** Of a job that is running: how long the newest jobs of its class took; null where no other is known, or nobody asked. */
  readonly usual_duration: Percentiles | null;
  /** Every recorded push, oldest first. */
  readonly enqueued_by: readonly Enqueued[];
  readonly enqueued_by_reason: null | "not_recorded";
}

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
  /** Of the span that pushed: a request, an attempt of a job. */
  readonly started_at: Instant | null;
  readonly duration_ns: Ns | null;
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
  /** What ActiveJob did about an error, which Sidekiq then saw none of; null: there was none, or it is not recorded. */
  readonly handled: null | "retried" | "discarded" | "gave_up";
  /** Numbers of attempts that ran at the same time: the same job twice at once. */
  readonly overlaps: readonly number[];
  /** Why it is known to be of this job: its own span, the stamp on its spans, or that no other push of its trace is open. */
  readonly known_by: "root" | "stamp" | "only_open_push";
  readonly trace_id: string;
  /** null: never received. */
  readonly root_span_id: string | null;
  /** As recorded on the attempt's root span; null when that was not received. */
  readonly enqueued_at: Instant | null;
  readonly started_at: Instant;
  readonly finished_at: Instant | null;
  readonly wait_ns: Ns | null;
  /** From the end of the attempt before to the push of this one. */
  readonly backoff_ns: Ns | null;
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
  /** Steps that were left out because they were not asked for, by kind; only an arranged document leaves any out. */
  readonly hidden: readonly { readonly kind: StepKind; readonly count: number }[];
  /** Of this attempt. */
  readonly effects: Effects;
  /** What a run that did not complete changed all the same; null when it completed. */
  readonly left_behind: Effects | null;
}

export interface Chain {
  readonly root: ChainNode;
  /** From the root down to this job. */
  readonly path: readonly ChainNode[];
  readonly children: readonly ChainNode[];
  /** More were enqueued than are listed. */
  readonly children_omitted: number;
}

/**
 * A run of which only inner spans were received: its own span, which alone names the job, never came. That it is of this job
 * is a possibility and no more.
 */
export interface OrphanCandidate {
  readonly trace_id: string;
  readonly spans: number;
  readonly started_at: Instant;
  readonly last_at: Instant;
  readonly missing_parents: number;
  readonly service: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  /** The step that ended last. */
  readonly last_step: { readonly title: string; readonly at: Instant };
  /** "ran_again": the job ran later from the same push, so that an earlier run of it was cut off. */
  readonly basis: "started_after_enqueue" | "ran_again";
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

export interface Completeness {
  readonly complete: boolean;
  /** 1: stock OpenTelemetry. 2: with the jid on every span. */
  readonly level: 1 | 2;
  readonly spans: number;
  readonly missing_parents: number;
  /** Received more than 30 s after the span of their attempt. */
  readonly late_spans: number;
  /** Received batches with spans of the job's traces, beyond the most that one reading holds. */
  readonly batches_not_read: number;
  /** Of the job; they are steps only where that was asked for. null: they were not looked for. */
  readonly log_lines: number | null;
  /** A sampled-out link or trace flag was seen. */
  readonly sampled: boolean;
  readonly not_recorded: readonly string[];
  readonly notes: readonly Note[];
}
