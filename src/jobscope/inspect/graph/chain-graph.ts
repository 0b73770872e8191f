/** Who enqueued whom around one job, as far as it was looked at. Names are snake_case because they are the JSON's. */
import type { Instant, Ns } from "../../model/document-units.js";
import type { JobDocument, JobState } from "../../model/job-document.js";

export interface ChainGraph {
  /** Ancestors from the top, then the job, then what it enqueued level by level: each level by time of enqueue. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** A job's jid; for a request or another span the trace it is in; `more.<n>` for what was folded. */
  readonly id: string;
  readonly kind: "request" | "span" | "job" | "not_received" | "more";
  readonly title: string;
  readonly service: string | null;
  /** 0 is the job; what enqueued it is at -1, what it enqueued at 1. */
  readonly level: number;
  /** null for what is no job, and for a job that this store knows nothing of but its push. */
  readonly state: JobState | null;
  readonly state_detail: JobDocument["job"]["state_detail"];
  readonly attempts: number | null;
  readonly started_at: Instant | null;
  /** Of the last attempt, for a job. */
  readonly duration_ns: Ns | null;
  /** Enqueue to start of attempt 1, for a job. */
  readonly wait_ns: Ns | null;
  /** Jobs of one class that were too many, or too deep, to be drawn. */
  readonly more: FoldedJobs | null;
}

export interface FoldedJobs {
  /** null: there are some, above. */
  readonly jobs: number | null;
  /**
   * State → jobs; `not_received` for those the store knows nothing of, `not_looked_up` for those beyond what is read.
   */
  readonly states: Readonly<Record<string, number>>;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** The PRODUCER span. */
  readonly via_span: string | null;
  readonly before_commit: boolean;
  readonly scheduled: boolean | null;
  readonly due_at: Instant | null;
}
