/**
 * One log line of a job: an OTLP `LogRecord` as it was recorded, and what ties it to the job.
 *
 * Shapes follow opentelemetry-proto `logs.proto`. How it comes out of bytes is not known here.
 */
import type { SpanId, TraceId } from "../ids.js";
import type { Attributes, AttributeValue, Scope } from "../span.js";
import type { UnixNano } from "../time.js";

/**
 * "span": it was written inside a span of the job. "trace": inside the trace of an attempt, in a span that is not known.
 * "jid": it names the job.
 */
export type LogTie = "span" | "trace" | "jid";

export interface LogLine {
  readonly tie: LogTie;
  /** undefined: the record does not say. */
  readonly time: UnixNano | undefined;
  /** When it was collected. */
  readonly observed: UnixNano | undefined;
  /** 1 to 24; 0: not given. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  /** "" for an ordinary line. */
  readonly eventName: string;
  readonly attributes: Attributes;
  readonly traceId: TraceId | undefined;
  readonly spanId: SpanId | undefined;
  readonly scope: Scope;
  readonly resource: Attributes;
}

export interface JobLogs {
  /** In the order in which they were received. */
  readonly lines: readonly LogLine[];
  /** Lines of the job beyond those that one reading holds. */
  readonly omitted: number;
}
