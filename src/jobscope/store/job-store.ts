/**
 * The port between jobtrace and whatever keeps the batches.
 *
 * The log is the truth: batches as they were received, numbered by lsn. The index (job id → rows,
 * trace id → batches) is derived from it by the function given at opening and can always be made again.
 * Writing and reading are two interfaces, because readers live in other processes, hold no lock and
 * need no server. Every implementation passes `test/jobscope/store/job-store-contract.ts`.
 */
import type { TraceId } from "../model/ids.js";
import type { JobRow } from "../model/job-row.js";
import type { UnixNano } from "../model/time.js";
import type { BatchIndex } from "./batch-index.js";

/** The number of a record in the log: 0, 1, 2 … without holes while the log is whole. */
export type Lsn = number;

/** How a body is compressed. `brotli` is the store's own choice for what came plain, made when a segment is closed. */
export type Codec = "identity" | "gzip" | "brotli";

/**
 * What a batch holds: spans or log records. "unknown": written by a later version; it is kept and numbered, and nothing in
 * it is looked at.
 */
export type BatchSignal = "traces" | "logs" | "unknown";

/** One Export request on its way into the log. */
export interface IncomingBatch {
  readonly signal: "traces" | "logs";
  /** The OTLP `Export…ServiceRequest` as received, still compressed if it came so. */
  readonly body: Uint8Array;
  readonly codec: "identity" | "gzip";
  /** Length of the body after inflating, in bytes. */
  readonly rawBytes: number;
  readonly receivedAt: UnixNano;
  /** 0 for logs. */
  readonly spanCount: number;
  /** Log records; 0 for traces. */
  readonly logCount: number;
  /** What `indexBatch` gives for the inflated body; handed in so that ingest scans each body once. */
  readonly index: BatchIndex;
}

export interface StoredBatch {
  readonly lsn: Lsn;
  readonly signal: BatchSignal;
  readonly receivedAt: UnixNano;
  readonly spanCount: number;
  readonly logCount: number;
  readonly codec: Codec;
  /** The bytes as they were received; compressed by the store when `codec` is brotli. */
  readonly body: Uint8Array;
  /** The inflated `Export…ServiceRequest`. */
  raw(): Uint8Array;
}

/** Derives a batch's index from its inflated bytes. The store calls it only to rebuild, and uses each before the next. */
export type IndexBatch = (raw: Uint8Array, signal: BatchSignal) => BatchIndex;

/** A job row and the batch its span is in. */
export interface FoundRow extends JobRow {
  readonly lsn: Lsn;
}

/** What is asked of a list. Each part may be undefined: anything will do. */
export interface JobQuery {
  /** Only jobs with news at or after. */
  readonly since?: UnixNano | undefined;
  /**
   * Whether a job with these facts, and rows like these, may be wanted. The store may ask of some of a job's rows only,
   * so neither must refuse what its other rows could still make true; whoever asks judges the whole job afterwards.
   */
  readonly facts?:
    | ((facts: Pick<JobRow, "jobClass" | "queue" | "service" | "error">) => boolean)
    | undefined;
  readonly marks?: ((marks: JobMarks) => boolean) | undefined;
}

/** What the rows of a job say of it. */
export interface JobMarks {
  readonly pushed: boolean;
  readonly attempted: boolean;
  /** An attempt ended in an error, also in one that ActiveJob handled or that means "put back". */
  readonly failed: boolean;
  readonly succeeded: boolean;
  /** Spans inside it name it. */
  readonly stamped: boolean;
}

export interface JobCandidate {
  readonly jobId: string;
  /** The job's own latest news is not later. */
  readonly latest: UnixNano;
}

export interface JobStoreWriter {
  /**
   * Resolves once the batch would survive the machine losing power. Lsns are given in order of call. The batch's bytes are
   * copied before the call returns: they may be used for something else at once.
   */
  append(batch: IncomingBatch): Promise<Lsn>;
  /** Waits for what was appended, then releases the lock. Safe to call twice. */
  close(): Promise<void>;
}

export interface JobStoreReader {
  /** Every row with exactly this job id, oldest batch first. */
  findRows(jobId: string): Promise<readonly FoundRow[]>;

  /** Distinct job ids that start with `prefix`, in byte order, at most `limit`. */
  findJobIds(prefix: string, limit: number): Promise<readonly string[]>;

  /** The batches that hold spans of this trace, ascending. */
  findTrace(traceId: TraceId): Promise<readonly Lsn[]>;

  /**
   * The batches that hold log records of this trace, ascending. Log records that name a job are found under the trace id
   * that the job is forwarded under.
   */
  findLogs(traceId: TraceId): Promise<readonly Lsn[]>;

  /** Distinct ids of traces with spans that start with this hex `prefix`, ascending, at most `limit`. */
  findTraceIds(prefix: string, limit: number): Promise<readonly TraceId[]>;

  /**
   * Jobs that may be what the query asks for, by falling `latest`. A job whose rows lie far apart may come more than once;
   * the first time counts.
   */
  jobs(query: JobQuery): AsyncIterable<JobCandidate>;

  /** undefined: no such record, or it is damaged. */
  read(lsn: Lsn): Promise<StoredBatch | undefined>;

  /** Oldest first, from `from` if given. Ends at the record that was last when the read began. */
  batches(from?: Lsn): AsyncIterable<StoredBatch>;

  info(): Promise<StoreInfo>;

  /**
   * The store as it is now: what is appended or deleted later changes none of its answers but those of `batches`. For who
   * asks much at once. Close it soon, and before the reader it is of: it keeps files open.
   */
  snapshot(): JobStoreReader;

  close(): Promise<void>;
}

export interface StoreInfo {
  /** Where it is: a folder, or "memory". */
  readonly location: string;
  readonly batchCount: number;
  readonly spanCount: number;
  readonly logCount: number;
  /** Not fewer than there are: a job whose spans lie far apart may count more than once. */
  readonly jobCountMax: number;
  /** Of the oldest record; where there is none, of the next one. */
  readonly firstLsn: Lsn;
  /** Behind the newest record: the next one gets this number, unless records behind it are damaged. */
  readonly endLsn: Lsn;
  /** Bytes on disk, indexes included. */
  readonly bytes: number;
  /** Time of receipt of the newest batch; undefined when empty. */
  readonly newest: UnixNano | undefined;
  readonly oldest: UnixNano | undefined;
  /** What could not be read; empty for a healthy store. */
  readonly damage: readonly Damage[];
}

/** A stretch of a file that is not a whole record. Offsets and lengths in bytes. */
export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
}
