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
import { readWhy } from "../jobscope/inspect/read-why.js";
import { shownAttempts } from "../jobscope/inspect/shown-attempts.js";
import type { View } from "../jobscope/inspect/view.js";
import type { Jid } from "../jobscope/model/ids.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import { holdsValues } from "../jobscope/model/redact/holds-values.js";
import { redactSpan } from "../jobscope/model/redact/redact-span.js";
import { redactText } from "../jobscope/model/redact/redact-text.js";
import type { ReadingRules } from "../jobscope/model/surroundings.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { type JobRecords, readJobRecords } from "../processor/job-records.js";
import { redactingSource } from "../processor/redacting-source.js";
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
  /** "if_needed": where its records hold values at all. */
  readonly redact: "yes" | "no" | "if_needed";
  /** Whether a span is not in the file yet. */
  readonly isNew: (node: ScannedNode) => boolean;
}

/** undefined: the store knows no such job any more. "no_attempt": it has none with that number. */
export async function readExportedJob(
  reader: JobStoreReader,
  jid: Jid,
  options: ReadExportOptions,
): Promise<ExportedJob | "no_attempt" | undefined> {
  const read = await readAsWanted(reader, jid, options);
  if (read === undefined) return undefined;
  const { whole, isRedacted } = read;
  const document = ofAttempt(whole, options.attempt);
  if (document === undefined) return "no_attempt";
  const attempt =
    document.attempts.length < whole.attempts.length
      ? (document.attempts[0]?.number ?? 1) - 1
      : undefined;

  let records: Promise<JobRecords | undefined> | undefined;
  const recordsOnce = (): Promise<JobRecords | undefined> =>
    (records ??= readJobRecords(reader, jid, { source: options.source }));
  const { state } = whole.job;

  async function* requests(): AsyncIterable<ExportedRequest> {
    const found = await recordsOnce();
    if (found === undefined) return;
    const traces = options.jobTrace
      ? jobTraceRequests(found, state, { attempt })
      : receivedRequests(found, { attempt, isNew: options.isNew });
    for (const body of traces) yield { signal: "traces", body };
    const traceId = options.jobTrace ? traceIdOfJob(jid) : undefined;
    for await (const body of logRequests(reader, found, { attempt }, traceId))
      yield { signal: "logs", body };
  }

  return {
    document,
    whole,
    isRedacted,
    textOf: isRedacted ? redactText : undefined,
    requests,
    async *traceSpans() {
      const found = await recordsOnce();
      if (found === undefined) return;
      for (const body of jobTraceRequests(found, state, { attempt }))
        yield isRedacted ? spansOf(body).map(redactSpan) : spansOf(body);
    },
    async ownSpans() {
      const found = await recordsOnce();
      return found === undefined ? new Set() : ownSpanIds(found, { attempt });
    },
    why: () => readWhy(reader, whole, { id: jid, onRead: () => undefined }),
  };
}

async function readAsWanted(
  reader: JobStoreReader,
  jid: Jid,
  { rules, source, orphans, redact }: ReadExportOptions,
): Promise<{ readonly whole: JobDocument; readonly isRedacted: boolean } | undefined> {
  const read = (from: SpanSource): Promise<JobDocument | undefined> =>
    readJob(reader, jid, { rules, source: from, orphans });
  const plain = redact === "yes" ? undefined : await read(source);
  if (plain !== undefined && (redact === "no" || !holdsValues(plain)))
    return { whole: plain, isRedacted: false };
  // What is made of redacted spans agrees with itself: titles, errors, arguments.
  const whole = await read(redactingSource(source));
  return whole && { whole, isRedacted: true };
}

/** undefined: there is no such attempt. */
function ofAttempt(document: JobDocument, wanted: View["attempt"]): JobDocument | undefined {
  const { attempts } = shownAttempts(document, wanted ?? "all");
  if (attempts.length === document.attempts.length) return document;
  return attempts.length === 0 ? undefined : { ...document, attempts };
}
