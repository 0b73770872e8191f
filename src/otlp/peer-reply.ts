/** What another collector answers, read: the counterpart of export-reply.ts. Never throws; what is no answer says nothing. */
import { google, opentelemetry } from "./generated/otlp.js";

const { ExportTraceServiceResponse } = opentelemetry.proto.collector.trace.v1;

export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly message: string;
}

/** `bytes`: an `ExportTraceServiceResponse`. */
export function readPartialSuccess(bytes: Uint8Array): PartialSuccess {
  try {
    const { partialSuccess } = ExportTraceServiceResponse.decode(bytes);
    const rejected = partialSuccess?.rejectedSpans;
    const rejectedSpans =
      rejected == null ? 0 : rejected.high * 0x1_0000_0000 + (rejected.low >>> 0);
    return { rejectedSpans, message: partialSuccess?.errorMessage ?? "" };
  } catch {
    return { rejectedSpans: 0, message: "" };
  }
}

export interface PeerStatus {
  readonly message: string;
  /** Of a RetryInfo among the details. */
  readonly retryDelayMs: number | undefined;
}

/** `bytes`: a `google.rpc.Status`. */
export function readStatus(bytes: Uint8Array): PeerStatus {
  try {
    const { message, details } = google.rpc.Status.decode(bytes);
    const info = details.find(({ type_url: type }) => type?.endsWith("/google.rpc.RetryInfo"));
    return { message, retryDelayMs: info?.value == null ? undefined : retryDelayMs(info.value) };
  } catch {
    return { message: "", retryDelayMs: undefined };
  }
}

function retryDelayMs(bytes: Uint8Array): number {
  const { retryDelay } = google.rpc.RetryInfo.decode(bytes);
  const { low = 0, high = 0 } = retryDelay?.seconds ?? {};
  return (high * 0x1_0000_0000 + (low >>> 0)) * 1000 + Math.ceil((retryDelay?.nanos ?? 0) / 1e6);
}
