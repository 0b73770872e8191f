/**
 * Two attempts compared: `jobtrace.diff/v1`. A promise to scripts like the job's document: every key is always present,
 * nothing is read from a clock. Names are snake_case because they are the JSON's.
 */
import type { Instant, Ns } from "../document-units.js";
import type { Effects } from "../effects-document.js";
import type { ErrorInfo } from "../error-document.js";
import type { Attempt } from "../job-document.js";
import type { Step, StepKind } from "../step-document.js";

export interface DiffDocument {
  readonly schema: "jobtrace.diff/v1";
  /** Receipt of the newest batch read for either. */
  readonly as_of: Instant;
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** No step was removed, added or changed, and both ended alike. */
  readonly same: boolean;
  readonly same_class: boolean;
  /** false: the two differ too much to look for the best matching, so a step may be named missing that is elsewhere. */
  readonly exact: boolean;
  readonly counts: {
    readonly same: number;
    readonly changed: number;
    readonly removed: number;
    readonly added: number;
  };
  /** The first step that is not the same; null where all are. */
  readonly first_difference: StepDiff | null;
  readonly error: {
    readonly changed: boolean;
    readonly from: ErrorInfo | null;
    readonly to: ErrorInfo | null;
  };
  /** What only one of them changed or called. */
  readonly only_in_a: Effects;
  readonly only_in_b: Effects;
  /** In the order of both; null when only the sums were asked for. */
  readonly steps: readonly StepDiff[] | null;
}

export interface DiffSide {
  readonly jid: string;
  readonly class: string | null;
  readonly attempt: number;
  /** Recorded of the job. */
  readonly attempts: number;
  readonly state: Attempt["state"];
  readonly started_at: Instant;
  readonly duration_ns: Ns | null;
  /** Compared: without the job's own beginning and end. */
  readonly steps: number;
}

export interface StepDiff {
  readonly mark: "same" | "changed" | "removed" | "added";
  readonly kind: StepKind;
  readonly fingerprint: string;
  /** A value that differs between the two stands as `?`. */
  readonly title: string;
  readonly changes: readonly ("duration" | "result")[];
  readonly a: StepSide | null;
  readonly b: StepSide | null;
}

export type StepSide = Pick<Step, "id" | "offset_ns" | "duration_ns" | "status" | "result">;
