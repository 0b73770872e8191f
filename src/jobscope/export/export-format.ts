/** What every format is given of a job, and what a format is. */
import type { Signal } from "../../otlp/signal.js";
import type { TextOf } from "../../otlp/json-text.js";
import type { JobDocument } from "../model/job-document.js";
import type { Span } from "../model/span.js";

export interface ExportedJob {
  /** Of the attempts that were asked for; with its values replaced where that was asked for. */
  readonly document: JobDocument;
  /** Its records as OTLP requests in protobuf, in the order in which they were received. */
  readonly requests: () => AsyncIterable<ExportedRequest>;
  /** In the job's own trace, as it is forwarded: a part at a time, because there may be many. */
  readonly traceSpans: () => AsyncIterable<readonly Span[]>;
  /** The spans in it by the ids they were received with: trace id and span id, joined. */
  readonly ownSpans: () => Promise<ReadonlySet<string>>;
}

export interface ExportedRequest {
  readonly signal: Signal;
  readonly body: Uint8Array;
}

export interface ExportOptions {
  /** Of jobtrace. */
  readonly version: string;
  /** What texts of spans are written as; undefined: as they are. */
  readonly textOf: TextOf | undefined;
}

/** Gives the lines of the one file that all the jobs make. */
export type WriteExport = (
  jobs: AsyncIterable<ExportedJob>,
  options: ExportOptions,
) => AsyncIterable<string>;

export interface ExportFormat {
  readonly write: WriteExport;
  /** Read and passed on by people, so that values are replaced unless somebody wants them. */
  readonly isForPeople: boolean;
}
