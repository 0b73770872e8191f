/** The ids of a scanned span, branded. Only for spans whose ids the scan found valid: it has checked them already. */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import { parentIdHex, spanIdHex, traceIdHex } from "../otlp/scan-text.js";
import type { TraceScan } from "../otlp/trace-scan.js";

export function traceIdOf(scan: TraceScan, span: number): TraceId {
  return traceIdHex(scan, span) as TraceId;
}

export function spanIdOf(scan: TraceScan, span: number): SpanId {
  return spanIdHex(scan, span) as SpanId;
}

/** undefined: a root span. */
export function parentSpanIdOf(scan: TraceScan, span: number): SpanId | undefined {
  return parentIdHex(scan, span) as SpanId | undefined;
}
