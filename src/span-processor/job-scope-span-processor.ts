/**
 * For Node workers (BullMQ, and any consumer that sets a job id): puts the id of the job on every span that is started
 * inside it, so that a collector knows whose each one is, also when the job's own span never comes.
 *
 *     const exporter = new OTLPTraceExporter();
 *     const provider = new NodeTracerProvider({
 *       spanProcessors: [
 *         new JobScopeSpanProcessor({ startRecords: exporter }),
 *         new BatchSpanProcessor(exporter),
 *       ],
 *     });
 *
 * It stands before the processor that exports. Which job a span is in comes from its parent in OpenTelemetry's context,
 * which follows a job across awaits and keeps jobs that run at once apart; so a context manager must be registered, as
 * `NodeTracerProvider.register()` does.
 */
import { type Context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type {
  ReadableSpan,
  Span,
  SpanExporter,
  SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { JID_KEY, jobAttributes } from "./job-attributes.js";
import { type JobFacts, jobOf, type JobOf } from "./job-facts.js";
import { startRecord } from "./start-record.js";

export interface JobScopeSpanProcessorOptions {
  /**
   * Where a record goes the moment a job starts: the exporter that spans go to. By it a job whose worker was killed is
   * told from one that never ran. undefined: none is sent.
   */
  readonly startRecords?: Pick<SpanExporter, "export">;
  /** Which job a consumer span is of, for consumers that neither BullMQ's telemetry nor the messaging conventions describe. */
  readonly jobOf?: JobOf;
}

/** One run of a job, or a consumer span that may yet turn out to be one. */
interface JobScope {
  readonly root: Span;
  /** The scope around it: a consumer span of no job inside a job belongs to that. */
  readonly outer: JobScope | undefined;
  job: JobFacts | undefined;
  isOver: boolean;
}

export class JobScopeSpanProcessor implements SpanProcessor {
  readonly #jobOf: JobOf;
  readonly #startRecords: Pick<SpanExporter, "export"> | undefined;
  /** Held by the spans themselves: what nobody refers to any more is forgotten with them. */
  readonly #scopes = new WeakMap<object, JobScope>();

  constructor(options: JobScopeSpanProcessorOptions = {}) {
    this.#jobOf = options.jobOf ?? jobOf;
    this.#startRecords = options.startRecords;
  }

  onStart(span: Span, parentContext: Context): void {
    const parent = trace.getSpan(parentContext);
    const outer = parent === undefined ? undefined : this.#scopes.get(parent);
    if (span.kind === SpanKind.CONSUMER) {
      this.#begin({ root: span, outer, job: undefined, isOver: false });
      return;
    }
    if (outer === undefined) return;
    this.#scopes.set(span, outer);
    this.#stamp(span);
  }

  /** The last moment at which a span may be written to: its job may have got its id since it started. */
  onEnding(span: Span): void {
    const scope = this.#scopes.get(span);
    if (scope === undefined) return;
    if (scope.root !== span) {
      this.#stamp(span);
      return;
    }
    scope.isOver = true;
    const job = this.#resolve(scope);
    if (job === undefined) this.#stamp(span);
    else span.setAttributes(jobAttributes(job));
    if (hasFailed(span)) span.setStatus({ code: SpanStatusCode.ERROR, message: reasonOf(span) });
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #begin(scope: JobScope): void {
    this.#scopes.set(scope.root, scope);
    if (this.#startRecords === undefined) return;
    // BullMQ puts the job's id on its span after starting it and before it lets go of the thread.
    queueMicrotask(() => {
      const job = this.#resolve(scope);
      if (job !== undefined && !scope.isOver)
        this.#startRecords?.export([startRecord(scope.root, job)], ignore);
    });
  }

  #stamp(span: Span): void {
    if (span.attributes[JID_KEY] !== undefined) return;
    for (let scope = this.#scopes.get(span); scope !== undefined; scope = scope.outer) {
      const job = this.#resolve(scope);
      if (job === undefined) continue;
      span.setAttribute(JID_KEY, job.jid);
      return;
    }
  }

  #resolve(scope: JobScope): JobFacts | undefined {
    scope.job ??= this.#jobOf(scope.root.attributes);
    return scope.job;
  }
}

/** A record that does not arrive is missed by nobody but the collector; the exporter reports its own failures. */
function ignore(): void {}

/** BullMQ's telemetry tells of a failure in an event and leaves the span's status unset. */
function hasFailed(span: ReadableSpan): boolean {
  return (
    span.status.code === SpanStatusCode.UNSET &&
    span.events.some(({ name }) => name === "job failed")
  );
}

function reasonOf(span: ReadableSpan): string {
  const event = span.events.findLast(({ name }) => name === "job failed");
  const reason = event?.attributes?.["bullmq.job.failed.reason"];
  return typeof reason === "string" ? reason : "";
}
