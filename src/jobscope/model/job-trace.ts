/**
 * A job-scoped trace: the spans of one jid, cut out of however many OTLP traces they arrived in.
 *
 * This is what the processor's grouping gives and what every view is computed from.
 */
import type { Jid, SpanId } from "./ids.js";
import type { JobLogs } from "./logs/log-line.js";
import type { Span } from "./span.js";
import type { UnixNano } from "./time.js";

export interface JobTrace {
  readonly jid: Jid;
  /** ActiveJob's own id (a UUID), when the job came through ActiveJob. */
  readonly activeJobId: string | undefined;
  /** The class that does the work (the wrapped one under ActiveJob); undefined when no span says. */
  readonly jobClass: string | undefined;
  readonly queue: string | undefined;
  /** A span processor stamped the jid on the spans inside the job. */
  readonly stamped: boolean;
  /** Receipt of the newest batch that was read. */
  readonly asOf: UnixNano;
  /** Of the spans of its attempts: received long after the attempt's own span, which is sent when it ends. */
  readonly lateSpans: number;
  /** Batches of its traces that were left out because there are too many spans in the others. */
  readonly unreadBatches: number;
  /** Every recorded push of this jid, oldest first. Empty when the client was not instrumented. */
  readonly enqueues: readonly EnqueueTrace[];
  /** Every recorded run of this jid, oldest first. */
  readonly attempts: readonly AttemptTrace[];
  /** Root spans that name the job and are in no attempt: the job system's own work around it. */
  readonly outside: readonly Span[];
  /** undefined: they were not looked for. */
  readonly logs?: JobLogs | undefined;
}

/** One push onto a queue. */
export interface EnqueueTrace {
  /** The job system's PRODUCER span. */
  readonly span: Span;
  /** The nearest span above it that was recorded and is not itself a PRODUCER: a web request, a job. */
  readonly enqueuedBy: EnqueuedBy | undefined;
  /** The parent named by the span never arrived, so who enqueued it is not recorded. */
  readonly parentMissing: boolean;
  /** Pushed to run later, as seen from the Redis command beside the push; undefined: cannot be told. */
  readonly scheduled: boolean | undefined;
}

/** Who pushed: a span of no job (a request, a script), or a job's attempt. */
export type EnqueuedBy =
  | { readonly kind: "span"; readonly span: Span }
  | { readonly kind: "job"; readonly jid: string; readonly jobClass: string; readonly span: Span };

/** One run of a job. */
export interface AttemptTrace {
  /** The job system's CONSUMER span; undefined where only ActiveJob's was exported. */
  readonly root: Span | undefined;
  /** ActiveJob's CONSUMER span of the same run, when there is one. */
  readonly activeJob: Span | undefined;
  /** The record that it has begun, sent the moment it did, where the sender writes one. It is none of `spans`. */
  readonly start: Span | undefined;
  /**
   * How it is known to be this job's: by its own span, by the stamp on the spans inside it, or because its trace holds no
   * other push that is without an attempt.
   */
  readonly knownBy: "root" | "stamp" | "only_open_push";
  /** Receipt of the newest batch with a span of it. */
  readonly receivedAt: UnixNano;
  /**
   * Every other span of the run: start ascending, then longer first, then span id. Spans of jobs that it
   * enqueued are not among them; the PRODUCER spans that enqueued those are.
   */
  readonly spans: readonly Span[];
  /** What its PRODUCER spans enqueued, by span id. */
  readonly pushes: ReadonlyMap<SpanId, Push>;
  /** Parents that spans of this run name and that never arrived. */
  readonly missingParents: readonly SpanId[];
}

/** A push as its PRODUCER span tells it. */
export type Push =
  | {
      readonly kind: "job";
      readonly jid: string;
      readonly jobClass: string;
      readonly queue: string;
    }
  /** ActiveJob's span around the push of the job system, which has the jid. */
  | { readonly kind: "active_job"; readonly jobClass: string };
