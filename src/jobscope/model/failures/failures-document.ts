/**
 * Failures grouped by what failed, `jobtrace.failures/v1`. Names are snake_case because they are the JSON's; every key is
 * always present.
 */
import type { Instant } from "../document-units.js";
import type { StepKind } from "../step-document.js";

export interface FailuresDocument {
  readonly schema: "jobtrace.failures/v1";
  /** The newest news of the jobs that were asked for, whether or not they failed; null: there is no such job. */
  readonly recorded_to: Instant | null;
  /** With an attempt that failed in the time that was asked for. */
  readonly jobs: number;
  /** Those attempts. */
  readonly attempts: number;
  /** Jobs with an attempt that failed, now or earlier, that are older than as many as are read. */
  readonly jobs_not_read: number;
  /** The largest first. */
  readonly groups: readonly FailureGroup[];
  readonly omitted: OmittedFailures;
}

/** Of jobs that were read, but are in no group that is listed. */
export interface OmittedFailures {
  readonly groups: number;
  /** A job may be in several groups and counts in each. */
  readonly jobs: number;
  readonly attempts: number;
}

/** Attempts with one class of error, one message but for its values, and one step in which it was raised. */
export interface FailureGroup {
  /** null: that the attempt failed is recorded, and no error. */
  readonly error: {
    readonly class: string;
    /** Ids, numbers and quoted texts are `?`. */
    readonly message: string;
    readonly fingerprint: string;
  } | null;
  /** null: no recorded step raised it. */
  readonly step: {
    readonly fingerprint: string;
    readonly kind: StepKind;
    /** Without values: `HTTP POST billing.internal/charge`. */
    readonly name: string;
  } | null;
  readonly jobs: number;
  readonly attempts: number;
  /** Attempts whose error ActiveJob took care of. */
  readonly handled: number;
  /** The most jobs first. */
  readonly classes: readonly { readonly class: string | null; readonly jobs: number }[];
  readonly first_at: Instant;
  readonly last_at: Instant;
  /** Since the last one longer passed, to `recorded_to`, than between any two before it. */
  readonly then_none: boolean;
  /** Jobs of which an earlier attempt failed of something else. */
  readonly jobs_after_another_error: number;
  /** Jobs that a later attempt completed. */
  readonly jobs_completed: number;
  /** The newest. */
  readonly example: {
    readonly jid: string;
    readonly attempt: number;
    /** Of the job. */
    readonly attempts: number;
  };
}
