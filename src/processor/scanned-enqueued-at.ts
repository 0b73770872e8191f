/** When the job of a scanned attempt was put on its queue, as the document of the job has it. */
import { ENQUEUED_AT_EVENT, tellsEnqueuedAt } from "../jobscope/model/document/job-times.js";
import { eventTimeAt } from "../otlp/event-time.js";
import { scopeName, scopeVersion } from "../otlp/scan-text.js";
import type { TraceScan } from "../otlp/trace-scan.js";

const EVENT_NAME = Buffer.from(ENQUEUED_AT_EVENT);

/** Where the time stands: a fixed64 in nanoseconds, in bytes from the start of the request. 0: it is not told. */
export function enqueuedAtOf(scan: TraceScan, span: number): number {
  const at = eventTimeAt(scan, span, EVENT_NAME);
  if (at === 0) return 0;
  const scope = scan.spans.scope[span] ?? 0;
  return tellsEnqueuedAt({ name: scopeName(scan, scope), version: scopeVersion(scan, scope) })
    ? at
    : 0;
}
