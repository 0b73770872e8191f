/**
 * How the jobs of a stretch of time did, class by class, `jobtrace.stats/v1`. Names are snake_case because they are the
 * JSON's; every key is always present, lengths of time are integer nanoseconds.
 */
import type { Instant, Ns } from "../document-units.js";
import type { FailureGroup, OmittedFailures } from "../failures/failures-document.js";
import type { JobState } from "../job-document.js";
import type { StepKind } from "../step-document.js";

export interface StatsDocument {
  readonly schema: "jobtrace.stats/v1";
  /** The last news of the jobs that were counted, the oldest and the newest; null: there are none. */
  readonly first_at: Instant | null;
  readonly last_at: Instant | null;
  /** Of all classes. */
  readonly jobs: number;
  readonly states: States;
  /** Attempts that were put back and did not fail: a deploy, a rate limit. */
  readonly interruptions: number;
  /** The most jobs first. */
  readonly classes: readonly ClassStats[];
  /** Jobs of more classes than are kept: they are in the sums above and in no class. */
  readonly jobs_of_other_classes: number;
  /** null unless one class was asked for. */
  readonly detail: ClassDetail | null;
}

export type States = Readonly<Record<JobState, number>>;

export interface ClassStats {
  /** null: not recorded. */
  readonly class: string | null;
  readonly jobs: number;
  /** Recorded ones. */
  readonly attempts: number;
  readonly states: States;
  readonly interruptions: number;
  /** The last attempt of each job that has ended. */
  readonly took: Times;
  /** From the queue to the start of the first attempt, where it is recorded. */
  readonly waited: Times;
  /** Statements to a database in the last attempt of jobs that were read: the newest that have ended. */
  readonly db: {
    readonly jobs: number;
    readonly p50: number | null;
    readonly max: number | null;
  };
}

/** Percentiles by nearest rank; null: of no job. */
export interface Times {
  readonly jobs: number;
  /** false: from a sketch, at most 1 % above or below. `max_ns` is always exact. */
  readonly exact: boolean;
  readonly p50_ns: Ns | null;
  readonly p95_ns: Ns | null;
  readonly max_ns: Ns | null;
}

export interface ClassDetail {
  /** By half-decades, always all of them, so that two of them compare. */
  readonly histogram: readonly Bucket[];
  readonly time: TimeTable;
  /** Of jobs that failed in the end, by the error of their last attempt. */
  readonly failures: {
    readonly jobs: number;
    readonly jobs_read: number;
    readonly groups: readonly FailureGroup[];
    readonly omitted: OmittedFailures;
  };
  /** The hour to the newest job, and the time before it. */
  readonly last_hour: Stretch;
  readonly before: Stretch;
}

export interface Bucket {
  /** null: longer than all others. */
  readonly up_to_ns: Ns | null;
  /** Whose last attempt took longer than the bucket before, and at most so long. */
  readonly jobs: number;
}

export interface Stretch {
  /** Of the job's last news; null: from the beginning of what was asked for. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly jobs: number;
  readonly states: States;
  readonly took: Times;
}

/** Where the time of the last attempts goes. Steps have their own time: without that of the steps inside them. */
export interface TimeTable {
  /** That were read: the newest that have ended. */
  readonly jobs: number;
  /** What their last attempts took. */
  readonly total_ns: Ns;
  /** The most time first. */
  readonly steps: readonly StepTimes[];
  readonly omitted: { readonly steps: number; readonly total_ns: Ns };
  /** In which no step was open. */
  readonly own: Omit<StepTimes, "fingerprint" | "kind" | "name" | "count" | "jobs">;
  /** By which steps and own time are together longer than the total: steps ran at the same time. */
  readonly overlap_ns: Ns;
}

/** Everything that is done alike, in all jobs. */
export interface StepTimes {
  readonly fingerprint: string;
  readonly kind: StepKind;
  /** Without values: `INSERT invoices`. */
  readonly name: string;
  /** How often. */
  readonly count: number;
  /** Jobs in which it is at all. */
  readonly jobs: number;
  readonly total_ns: Ns;
  /** Of the total, 0 to 1; null: that is nothing. */
  readonly share: number | null;
  /** Of one; of own time: of one job. */
  readonly p50_ns: Ns | null;
  readonly p95_ns: Ns | null;
  readonly exact: boolean;
}
