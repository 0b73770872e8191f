/**
 * One Export request on its way into the store: scan, refuse or index, append, answer.
 *
 * The receiver knows protocols and nothing of jobs; this knows nothing of protocols. Append first, derive
 * later: nothing waits in memory to be grouped before it is durable.
 */
import type { UnixNano } from "../jobscope/model/time.js";
import type { BatchIndex } from "../jobscope/store/batch-index.js";
import type { JobStoreWriter } from "../jobscope/store/job-store.js";
import {
  countDataPoints,
  countDataPointsOfJson,
  type DataPointCount,
} from "../otlp/metric-count.js";
import { otlpFromJson } from "../otlp/otlp-json.js";
import type { Signal } from "../otlp/signal.js";
import type { TraceScan } from "../otlp/trace-scan.js";
import { answerInTime } from "./answer-in-time.js";
import { indexLogScan, indexScan } from "./batch-index.js";
import { scanForLogs } from "./log-jids.js";
import { scanForJobs } from "./scanned-nodes.js";

/** Metrics are taken, counted and not kept: a refusal would fill the sender's log. */
export type ExportSignal = Signal | "metrics";

/** One request as a transport hands it over. */
export interface ExportRequest {
  /** Traces unless it says. */
  readonly signal?: ExportSignal;
  /** The body as it came over the wire; kept as it is when it is protobuf. */
  readonly body: Uint8Array;
  readonly codec: "identity" | "gzip";
  /** The body after inflating; the same array as `body` when it was not compressed. */
  readonly raw: Uint8Array;
  readonly format: "protobuf" | "json";
}

export type ExportOutcome =
  /** Durable. `message` is "" unless something was rejected or is worth a warning. */
  | {
      readonly kind: "accepted";
      /** Spans or log records that are kept. */
      readonly acceptedCount: number;
      /** Spans, log records or data points that are not. */
      readonly rejectedCount: number;
      readonly message: string;
    }
  /** The sender's fault: 400 / INVALID_ARGUMENT, nothing was stored. */
  | { readonly kind: "malformed"; readonly reason: string }
  /** Ours, and worth another try: 503 / UNAVAILABLE, nothing was acknowledged. */
  | {
      readonly kind: "unavailable";
      readonly reason: string;
      /** When to come back; left to the receiver, which tells each sender another time, where nothing is known. */
      readonly retryAfterSeconds?: number;
      /** Until this resolves the request's bytes are held: its append is still under way. */
      readonly heldUntil?: Promise<unknown>;
    };

/** Never rejects: whatever goes wrong is one of the outcomes. */
export type Ingest = (request: ExportRequest) => Promise<ExportOutcome>;

/** `now`: the time of receipt, which the store keeps with each batch. */
export function createIngest(writer: JobStoreWriter, now: () => UnixNano): Ingest {
  return (request) => {
    const { signal = "traces" } = request;
    if (signal === "metrics") return Promise.resolve(metricsOutcome(countOf(request)));
    const checked = check(request, signal);
    if (checked.kind === "malformed") return Promise.resolve(checked);
    const { accepted, body, index } = checked;
    // A request without spans is a sender's way to see whether we are there.
    if (accepted.acceptedCount === 0) return Promise.resolve(accepted);
    const appended = writer.append({
      signal,
      body: body.body,
      codec: body.codec,
      rawBytes: body.raw.length,
      receivedAt: now(),
      spanCount: signal === "traces" ? accepted.acceptedCount : 0,
      logCount: signal === "logs" ? accepted.acceptedCount : 0,
      index: index(),
    });
    // Nothing that waits holds on to the request: its bytes are free while the disk is at work.
    return answerInTime(appended.then(() => accepted, unavailable));
  };
}

function countOf({ raw, format }: ExportRequest): DataPointCount {
  return format === "protobuf" ? countDataPoints(raw) : countDataPointsOfJson(raw);
}

/** What a sender of metrics is told. */
export function metricsOutcome(count: DataPointCount): ExportOutcome {
  if (count.kind === "malformed") return count;
  const { metrics, dataPoints } = count;
  const points = `${dataPoints} ${dataPoints === 1 ? "data point" : "data points"}`;
  const of = `${metrics} ${metrics === 1 ? "metric" : "metrics"}`;
  const message =
    metrics === 0 ? "" : `${points} of ${of} not kept: jobtrace keeps traces and logs, not metrics`;
  return { kind: "accepted", acceptedCount: 0, rejectedCount: dataPoints, message };
}

type Checked =
  | { readonly kind: "malformed"; readonly reason: string }
  | {
      readonly kind: "scanned";
      readonly accepted: Extract<ExportOutcome, { kind: "accepted" }>;
      readonly body: Extract<ProtobufBody, { kind: "protobuf" }>;
      /** Of the scan, as long as nothing else is scanned. */
      readonly index: () => BatchIndex;
    };

function check(request: ExportRequest, signal: Signal): Checked {
  const body = asProtobuf(request, signal);
  if (body.kind === "malformed") return body;
  return signal === "traces" ? checkTraces(body) : checkLogs(body);
}

function checkTraces(body: Extract<ProtobufBody, { kind: "protobuf" }>): Checked {
  const result = scanForJobs(body.raw);
  if (result.kind === "malformed") return malformed(result);
  const { scan } = result;
  const rejectedCount = scan.invalidSpanCount;
  const message = messageOf(scan, body.warning);
  const acceptedCount = scan.spanCount - rejectedCount;
  const accepted = { kind: "accepted", acceptedCount, rejectedCount, message } as const;
  return { kind: "scanned", accepted, body, index: () => indexScan(scan) };
}

/** No log record is rejected by itself: one whose ids are not valid is of no trace (OTLP, `LogRecord.trace_id`). */
function checkLogs(body: Extract<ProtobufBody, { kind: "protobuf" }>): Checked {
  const result = scanForLogs(body.raw);
  if (result.kind === "malformed") return malformed(result);
  const { scan } = result;
  const { logCount: acceptedCount, oddLogIdCount, stringIndexCount } = scan;
  const odd =
    oddLogIdCount > 0
      ? `${oddLogIdCount} log records kept without a trace or span: a trace id is 16 bytes and a span id 8`
      : "";
  const message = [odd, stringIndexText(stringIndexCount), body.warning].filter(Boolean).join("; ");
  const accepted = { kind: "accepted", acceptedCount, rejectedCount: 0, message } as const;
  return { kind: "scanned", accepted, body, index: () => indexLogScan(scan) };
}

function malformed(found: { readonly reason: string; readonly offset: number }): Checked {
  return { kind: "malformed", reason: `${found.reason} at byte ${found.offset}` };
}

function unavailable(error: unknown): ExportOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "unavailable", reason };
}

/** What was rejected, then what was taken and is odd. "" for nearly every request. */
function messageOf(
  { invalidSpanCount, oddParentCount, stringIndexCount }: TraceScan,
  warning: string,
): string {
  if (invalidSpanCount + oddParentCount + stringIndexCount === 0) return warning;
  return [
    invalidSpanCount > 0 ? rejection(invalidSpanCount) : "",
    oddParentCount > 0 ? `${oddParentCount} spans kept as roots: a parent span id is 8 bytes` : "",
    stringIndexText(stringIndexCount),
    warning,
  ]
    .filter(Boolean)
    .join("; ");
}

function stringIndexText(count: number): string {
  return count > 0
    ? `${count} string indexes read as empty: only profiles have a string table`
    : "";
}

function rejection(count: number): string {
  return `${count} ${count === 1 ? "span" : "spans"} rejected: a trace id is 16 bytes and a span id 8, not all zero`;
}

type ProtobufBody =
  | {
      readonly kind: "protobuf";
      readonly body: Uint8Array;
      readonly codec: "identity" | "gzip";
      readonly raw: Uint8Array;
      readonly warning: string;
    }
  | { readonly kind: "malformed"; readonly reason: string };

/** Protobuf is kept as it came. JSON is written as protobuf, so that the store holds one form. */
function asProtobuf({ body, codec, raw, format }: ExportRequest, signal: Signal): ProtobufBody {
  if (format === "protobuf") return { kind: "protobuf", body, codec, raw, warning: "" };
  const result = otlpFromJson(raw, signal);
  if (result.kind === "malformed") return result;
  return {
    kind: "protobuf",
    body: result.body,
    codec: "identity",
    raw: result.body,
    warning: result.warning,
  };
}
