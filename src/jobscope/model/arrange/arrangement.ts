/** How a document's steps are brought into an order for reading: what is folded, marked and left out. */
import type { Ns } from "../document-units.js";
import { NANOS_PER_MS } from "../time.js";

/** The kinds that a reader can ask for. */
export const STEP_GROUPS = ["db", "http", "redis", "job", "log", "error"] as const;

export type StepGroup = (typeof STEP_GROUPS)[number];

export interface Arrangement {
  /** From how many alike steps on they are one line; undefined: never. */
  readonly foldMin: number | undefined;
  /** From which length on a stretch without a span is marked; 0: every one; undefined: none. */
  readonly gapMin: Ns | undefined;
  /** The kinds to keep; undefined: all. */
  readonly only: readonly StepGroup[] | undefined;
  /** Steps shorter than this are left out. */
  readonly durationMin: Ns;
  /** Names the steps in a fold, and shows the queries about the schema one by one. */
  readonly full: boolean;
}

/** Far more than anyone would call a repetition; it bounds how far ahead folding looks. */
export const FOLD_MIN_MAX = 1000;

export const DEFAULT_ARRANGEMENT = {
  foldMin: 3,
  gapMin: Number(100n * NANOS_PER_MS),
  only: undefined,
  durationMin: 0,
  full: false,
} as const satisfies Arrangement;
