/**
 * What the store's index keeps of a span that names a job: enough to find the job's spans and to list
 * the job without decoding anything. A row is derived from the log and can be made again from it.
 */
import type { SpanId, TraceId } from "./ids.js";
import type { StatusCode } from "./span.js";
import type { UnixNano } from "./time.js";

/**
 * What the span is to the job.
 *
 * - `enqueue`: a PRODUCER span, one push of the job onto a queue
 * - `attempt`: the CONSUMER span of the job system (Sidekiq), one run of the job
 * - `active_job_attempt`: ActiveJob's CONSUMER span inside a Sidekiq attempt, which may lie in another trace
 * - `active_job_enqueue`: ActiveJob's PRODUCER span, which knows the ActiveJob id only
 * - `alias`: an ActiveJob id that leads to the jid in `otherId`; not a job of its own
 * - `member`: a span inside a job that was stamped with the job's id by a span processor
 * - `start`: such a span that says that an attempt has begun, sent the moment it did; it may come without the attempt's own
 * - `outside`: a root span with the stamp: the work of a job system around its job, like the write that plans a retry
 */
export type JobRole =
  | "enqueue"
  | "attempt"
  | "active_job_attempt"
  | "active_job_enqueue"
  | "alias"
  | "member"
  | "start"
  | "outside";

export interface JobRow {
  /** The id this row is found by: a jid, or an ActiveJob id. 1 to 255 characters. */
  readonly jobId: string;
  /** The other id on the same span, or "": the ActiveJob id on a jid's row, the jid on an `alias` row. */
  readonly otherId: string;
  readonly role: JobRole;
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly start: UnixNano;
  readonly end: UnixNano;
  /** Of an attempt: when its job was put on the queue, as the worker tells; 0 where it does not. */
  readonly enqueuedAt: UnixNano;
  readonly status: StatusCode;
  /** Of an attempt that ended in an error: the class of the error; "" where there is none or no span says. */
  readonly error: string;
  /** "" where the span does not say. */
  readonly jobClass: string;
  readonly queue: string;
  /** `service.name` of the sender. */
  readonly service: string;
}
