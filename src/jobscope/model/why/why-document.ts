/**
 * The incident checklist of one job, answered: `jobtrace.why/v1`. Every question is a key, always present and in a fixed
 * order; null is an answer that no record gives, and `not_recorded` says what would record it.
 */
import type { Instant, Ns, Percentiles } from "../document-units.js";
import type { Effects } from "../effects-document.js";
import type { Enqueued, Job, JobState, OpenSpan } from "../job-document.js";
import type { Note } from "../step-document.js";
import type { Target } from "./step-target.js";

export interface WhyDocument {
  readonly schema: "jobtrace.why/v1";
  /** Receipt of the newest batch read for this job. */
  readonly as_of: Instant;
  readonly job: {
    readonly jid: string;
    readonly class: string | null;
    readonly state: JobState;
    readonly state_detail: Job["state_detail"];
    readonly attempts: number;
  };
  readonly found_by: FoundBy;
  readonly first_error: RaisedError | null;
  /** null: no attempt failed. */
  readonly error_changed: {
    readonly changed: boolean;
    /** The first with another error; null when none has. */
    readonly to: RaisedError | null;
    readonly failed_attempts: number;
  } | null;
  readonly last_finished_step: { readonly attempt: number; readonly step: NamedStep } | null;
  readonly never_closed: readonly (OpenSpan & { readonly attempt: number })[];
  /** What attempts that did not complete changed all the same. */
  readonly left_behind: Effects;
  readonly retries: {
    readonly used: number;
    readonly max: number | null;
    readonly next_at: Instant | null;
  };
  /** null: see `same_window_reason`. */
  readonly same_window: SameWindow | null;
  readonly same_window_reason: null | "no_error" | "no_failing_step" | "step_names_no_target";
  readonly enqueued_by: Enqueued | null;
  readonly waited: Measured;
  readonly took: Measured & { readonly attempt: number | null };
  readonly logs: { readonly lines: number | null };
  readonly run_locally: { readonly class: string; readonly args: readonly unknown[] } | null;
  readonly missing: {
    readonly spans: number;
    readonly missing_parents: number;
    readonly notes: readonly Note[];
  };
  /** Questions that no record answers, and what would. */
  readonly not_recorded: readonly { readonly question: Question; readonly by: RecordedBy }[];
}

export type Question =
  | "retry_limit"
  | "enqueued_by"
  | "waited"
  | "took"
  | "logs"
  | "args"
  | "attempts";

/** `level_2`: with jobtrace.rb. The others are named for what must be instrumented. */
export type RecordedBy = "level_2" | "client" | "worker" | "logger";

export interface FoundBy {
  readonly kind:
    | "jid"
    | "beginning of the jid"
    | "ActiveJob id"
    | "job trace id"
    | "trace id"
    | "correlation id"
    | "id";
  readonly id: string;
  /** Other ids that lead here. */
  readonly also: readonly { readonly kind: string; readonly id: string }[];
}

export interface NamedStep {
  readonly id: string;
  readonly name: string;
  readonly offset_ns: Ns;
}

export interface RaisedError {
  readonly attempt: number;
  readonly class: string;
  readonly message: string;
  readonly at: Instant;
  /** null: raised in no recorded step. */
  readonly step: NamedStep | null;
  /** Of the application, the innermost; null where the backtrace has none. */
  readonly frame: string | null;
}

export interface SameWindow {
  readonly target: Target;
  /** 60 s before the failing step began to 60 s after it ended. */
  readonly from: Instant;
  readonly to: Instant;
  /** Other jobs with a failed attempt and a step at the same target that ended in an error. */
  readonly jobs: number;
  /** Most jobs first. */
  readonly classes: readonly { readonly class: string | null; readonly jobs: number }[];
  /** Of those steps. */
  readonly first_at: Instant | null;
  readonly last_at: Instant | null;
  /** In the hour before `from`: the yardstick. */
  readonly jobs_hour_before: number;
  /** Receipt of the first batch of the store, when the hour or the window began before it. */
  readonly recorded_from: Instant | null;
  readonly jobs_read: number;
  /** false: there were more jobs than are read for this. */
  readonly complete: boolean;
}

export interface Measured {
  readonly ns: Ns | null;
  readonly reason: null | "not_recorded" | "clocks_disagree";
  /** Of the class; null when nothing of it was recorded. */
  readonly of_class: Percentiles | null;
}
