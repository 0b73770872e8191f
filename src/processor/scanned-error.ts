/** The class of the error that a scanned attempt ended in, as the document of its job has it. */
import { errorClassOf } from "../jobscope/model/errors/error-info.js";
import { decodeSpan } from "../otlp/decode.js";
import { exceptionType } from "../otlp/exception-type.js";
import type { TraceScan } from "../otlp/trace-scan.js";
import { spanFromOtlp } from "./span-from-otlp.js";

/** Of a span whose status is an error and whose ids are valid. "": no part of it says. */
export function errorClassOfScanned(scan: TraceScan, span: number): string {
  const type = exceptionType(scan, span);
  if (type !== undefined) return type;
  // Without an exception the status may name it; few senders leave the event out.
  const offset = scan.spans.offset[span] ?? 0;
  const bytes = scan.bytes.subarray(offset, offset + (scan.spans.length[span] ?? 0));
  const decoded = spanFromOtlp(decodeSpan(bytes), new Map(), { name: "", version: "" });
  return decoded === undefined ? "" : errorClassOf(decoded);
}
