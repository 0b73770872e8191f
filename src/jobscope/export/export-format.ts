/** What every format is given of a job, and what a format is. */
import type { TextOf } from "../../otlp/json-text.js";
import type { Signal } from "../../otlp/signal.js";
import type { View } from "../inspect/view.js";
import type { JobDocument } from "../model/job-document.js";
import type { Span } from "../model/span.js";
import type { WhyDocument } from "../model/why/why-document.js";

export interface ExportedJob {
  /** Of the attempts that were asked for. */
  readonly document: JobDocument;
  /** With all its attempts. */
  readonly whole: JobDocument;
  /** Its texts are without their values. */
  readonly isRedacted: boolean;
  /** What a text of its requests is written as; undefined: as it is. */
  readonly textOf: TextOf | undefined;
  /** Its records as OTLP requests in protobuf, in the order in which they were received. */
  readonly requests: () => AsyncIterable<ExportedRequest>;
  /** In the job's own trace, as it is forwarded: a part at a time, because there may be many. */
  readonly traceSpans: () => AsyncIterable<readonly Span[]>;
  /** The spans in it by the ids they were received with: trace id and span id, joined. */
  readonly ownSpans: () => Promise<ReadonlySet<string>>;
  readonly why: () => Promise<WhyDocument>;
}

export interface ExportedRequest {
  readonly signal: Signal;
  readonly body: Uint8Array;
}

export interface ExportOptions {
  /** Of jobtrace. */
  readonly version: string;
  /** How text for people is laid out; its attempt is the one that was asked for. */
  readonly view: View;
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
