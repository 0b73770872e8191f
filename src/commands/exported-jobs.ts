/** Jobs as the formats of `export` take them: read from the store one after another, each part when a format asks for it. */
import {
  jobTraceRequests,
  logRequests,
  ownSpanIds,
  receivedRequests,
} from "../exporters/job-requests.js";
import { traceIdOfJob } from "../exporters/job-ids.js";
import type { ExportedJob, ExportedRequest } from "../jobscope/export/export-format.js";
import { readJob } from "../jobscope/inspect/read-job.js";
import { shownAttempts } from "../jobscope/inspect/shown-attempts.js";
import type { View } from "../jobscope/inspect/view.js";
import type { Jid } from "../jobscope/model/ids.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import type { ReadingRules } from "../jobscope/model/surroundings.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { type JobRecords, readJobRecords } from "../processor/job-records.js";
import type { ScannedNode } from "../processor/scanned-nodes.js";
import { spansOf } from "../processor/span-from-otlp.js";
import type { SpanSource } from "../processor/span-source.js";

export interface ReadExportOptions {
  readonly rules: ReadingRules;
  readonly source: SpanSource;
  /** Whether runs that name no job are looked for. */
  readonly orphans: boolean;
  readonly attempt: View["attempt"];
  /** Requests in the job's own trace instead of as they were received. */
  readonly jobTrace: boolean;
  /** Whether a span is not in the file yet. */
  readonly isNew: (node: ScannedNode) => boolean;
}

/** undefined: the store knows no such job any more. "no_attempt": it has none with that number. */
export async function readExportedJob(
  reader: JobStoreReader,
  jid: Jid,
  options: ReadExportOptions,
): Promise<ExportedJob | "no_attempt" | undefined> {
  const { rules, source, orphans } = options;
  const whole = await readJob(reader, jid, { rules, source, orphans });
  if (whole === undefined) return undefined;
  const document = ofAttempt(whole, options.attempt);
  if (document === undefined) return "no_attempt";
  const attempt =
    document.attempts.length < whole.attempts.length
      ? (document.attempts[0]?.number ?? 1) - 1
      : undefined;

  let read: Promise<JobRecords | undefined> | undefined;
  const recordsOnce = (): Promise<JobRecords | undefined> =>
    (read ??= readJobRecords(reader, jid, { source }));
  const { state } = whole.job;

  async function* requests(): AsyncIterable<ExportedRequest> {
    const records = await recordsOnce();
    if (records === undefined) return;
    const traces = options.jobTrace
      ? jobTraceRequests(records, state, { attempt })
      : receivedRequests(records, { attempt, isNew: options.isNew });
    for (const body of traces) yield { signal: "traces", body };
    const traceId = options.jobTrace ? traceIdOfJob(jid) : undefined;
    for await (const body of logRequests(reader, records, { attempt }, traceId))
      yield { signal: "logs", body };
  }

  return {
    document,
    requests,
    async *traceSpans() {
      const records = await recordsOnce();
      if (records === undefined) return;
      for (const body of jobTraceRequests(records, state, { attempt })) yield spansOf(body);
    },
    async ownSpans() {
      const records = await recordsOnce();
      return records === undefined ? new Set() : ownSpanIds(records, { attempt });
    },
  };
}

/** undefined: there is no such attempt. */
function ofAttempt(document: JobDocument, wanted: View["attempt"]): JobDocument | undefined {
  const { attempts } = shownAttempts(document, wanted ?? "all");
  if (attempts.length === document.attempts.length) return document;
  return attempts.length === 0 ? undefined : { ...document, attempts };
}
