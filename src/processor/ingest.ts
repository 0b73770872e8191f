/**
 * One Export request on its way into the store: scan, refuse or index, append, answer.
 *
 * The receiver knows protocols and nothing of jobs; this knows nothing of protocols. Append first, derive
 * later: nothing waits in memory to be grouped before it is durable.
 */
import type { UnixNano } from "../jobscope/model/time.js";
import type { JobStoreWriter } from "../jobscope/store/job-store.js";
import { otlpFromJson } from "../otlp/otlp-json.js";
import type { TraceScan } from "../otlp/trace-scan.js";
import { indexScan } from "./batch-index.js";
import { scanForJobs } from "./scanned-nodes.js";

/** One request as a transport hands it over. */
export interface ExportRequest {
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
      readonly acceptedSpans: number;
      readonly rejectedSpans: number;
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
    };

/** Never rejects: whatever goes wrong is one of the outcomes. */
export type Ingest = (request: ExportRequest) => Promise<ExportOutcome>;

/** `now`: the time of receipt, which the store keeps with each batch. */
export function createIngest(writer: JobStoreWriter, now: () => UnixNano): Ingest {
  return (request) => {
    const checked = check(request);
    if (checked.kind === "malformed") return Promise.resolve(checked);
    const { accepted, body, scan } = checked;
    // A request without spans is a sender's way to see whether we are there.
    if (accepted.acceptedSpans === 0) return Promise.resolve(accepted);
    const appended = writer.append({
      body: body.body,
      codec: body.codec,
      rawBytes: body.raw.length,
      receivedAt: now(),
      spanCount: accepted.acceptedSpans,
      index: indexScan(scan),
    });
    // Nothing that waits holds on to the request: its bytes are free while the disk is at work.
    return appended.then(() => accepted, unavailable);
  };
}

type Checked =
  | { readonly kind: "malformed"; readonly reason: string }
  | {
      readonly kind: "scanned";
      readonly accepted: Extract<ExportOutcome, { kind: "accepted" }>;
      readonly body: Extract<ProtobufBody, { kind: "protobuf" }>;
      readonly scan: TraceScan;
    };

function check(request: ExportRequest): Checked {
  const body = asProtobuf(request);
  if (body.kind === "malformed") return body;
  const result = scanForJobs(body.raw);
  if (result.kind === "malformed")
    return { kind: "malformed", reason: `${result.reason} at byte ${result.offset}` };
  const { scan } = result;
  const rejectedSpans = scan.invalidSpanCount;
  const message = messageOf(scan, body.warning);
  const acceptedSpans = scan.spanCount - rejectedSpans;
  const accepted = { kind: "accepted", acceptedSpans, rejectedSpans, message } as const;
  return { kind: "scanned", accepted, body, scan };
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
    stringIndexCount > 0
      ? `${stringIndexCount} string indexes read as empty: only profiles have a string table`
      : "",
    warning,
  ]
    .filter(Boolean)
    .join("; ");
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
function asProtobuf({ body, codec, raw, format }: ExportRequest): ProtobufBody {
  if (format === "protobuf") return { kind: "protobuf", body, codec, raw, warning: "" };
  const result = otlpFromJson(raw);
  if (result.kind === "malformed") return result;
  return {
    kind: "protobuf",
    body: result.body,
    codec: "identity",
    raw: result.body,
    warning: result.warning,
  };
}
