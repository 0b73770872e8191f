/** When the job of a scanned attempt was put on its queue, as the document of the job has it. */
import { ENQUEUED_AT_EVENT, tellsEnqueuedAt } from "../jobscope/model/document/job-times.js";
import { eventTimeAt } from "../otlp/event-time.js";
import { scopeName, scopeVersion } from "../otlp/scan-text.js";
import type { TraceScan } from "../otlp/trace-scan.js";

const EVENT_NAME = Buffer.from(ENQUEUED_AT_EVENT);

/** Where the time stands: a fixed64 in nanoseconds, in bytes from the start of the request. 0: it is not told. */
export function enqueuedAtOf(scan: TraceScan, span: number): number {
  const at = eventTimeAt(scan, span, EVENT_NAME);
  return at !== 0 && isTold(scan, scan.spans.scope[span] ?? 0) ? at : 0;
}

/** The scope that was asked for last: a batch's attempts nearly always have one. */
let lastName = "";
let lastVersion = "";
let wasTold = true;

function isTold(scan: TraceScan, scope: number): boolean {
  const name = scopeName(scan, scope);
  const version = scopeVersion(scan, scope);
  if (name !== lastName || version !== lastVersion) {
    wasTold = tellsEnqueuedAt({ name, version });
    lastName = name;
    lastVersion = version;
  }
  return wasTold;
}
