/** `jobtrace.class-graph/v1`: which class of job, or what else, enqueues which. Names are snake_case because they are the JSON's. */
import type { Instant, Ns } from "../document-units.js";

export interface ClassGraphDocument {
  readonly schema: "jobtrace.class-graph/v1";
  /** Receipt of the newest batch of the store; null: there is none. */
  readonly as_of: Instant | null;
  /** That were looked at. */
  readonly jobs: number;
  /** Of these jobs; each recorded push counts. */
  readonly pushes: number;
  /** By kind, then title. */
  readonly nodes: readonly ClassNode[];
  /** By the order of their nodes. */
  readonly edges: readonly ClassEdge[];
  /** {@link ClassNode.id}s from which all the others are reached, those that enqueued most first. */
  readonly roots: readonly string[];
  /** The most frequent first. */
  readonly cycles: readonly ClassCycle[];
  /** What was left out because there was too much. */
  readonly omitted: {
    /** Pushes by or of what is not among the nodes by its name, but in one that stands for all of its kind. */
    readonly pushes_of_others: number;
    /** Pushes between pairs that are not among the edges. */
    readonly pushes_without_edge: number;
    /** Pushes by jobs that no chain was counted over. */
    readonly links: number;
  };
}

export interface ClassNode {
  readonly id: string;
  /** "others" stands for those of a kind that were too many. */
  readonly kind: "job" | "request" | "span" | "others";
  /** null: a class that no span says. */
  readonly title: string | null;
  /** Of this class, that were looked at; null for what is no job. */
  readonly jobs: number | null;
  /** Pushes of this class whose enqueuer is unknown, and why. */
  readonly unknown: UnknownEnqueuers;
}

export interface UnknownEnqueuers {
  /** Nothing was recorded around the push. */
  readonly none: number;
  /** Something was, and never arrived. */
  readonly not_received: number;
  /** The trace of the push is too large to be read for this. */
  readonly not_looked_for: number;
  /** Jobs of which no push was recorded. */
  readonly not_recorded: number;
}

export interface ClassEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** Of these, the ones in which ActiveJob pushed a job that failed anew. */
  readonly retries: number;
  /** Median from the push to the start of the first attempt; null: of none recorded. */
  readonly wait_ns: Ns | null;
  /** How many waits it is the median of. */
  readonly waits: number;
  /** false: of so many that it is within one percent. */
  readonly wait_exact: boolean;
}

export interface ClassCycle {
  /** A shortest way from its first class back to it, which is not repeated. */
  readonly path: readonly string[];
  /** Every class that leads to every other of these. */
  readonly classes: readonly string[];
  /** Pushes within it. */
  readonly count: number;
  readonly retries: number;
  /** Jobs of the longest chain in which each enqueued the next, all of these classes. */
  readonly longest_chain: number;
  /** false: the chain may be longer, for not every push was followed. */
  readonly chain_exact: boolean;
  /** Longer than 50. */
  readonly long: boolean;
  /** Jids of the longest chain from its first job on. */
  readonly example: readonly string[];
  readonly example_omitted: number;
}
