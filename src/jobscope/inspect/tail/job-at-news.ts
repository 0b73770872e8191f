/**
 * A job as it was when something of it became known: read from the records up to then, and cut off behind what happened.
 * What came later, another attempt or late spans, is not in it, so a line says the same whenever it is made.
 */
import { readJobTrace } from "../../../processor/read-job-trace.js";
import type { SpanSource } from "../../../processor/span-source.js";
import { buildDocument } from "../../model/document/build-document.js";
import { parseJid } from "../../model/ids.js";
import type { AttemptTrace, JobTrace } from "../../model/job-trace.js";
import type { JobDocument } from "../../model/job-document.js";
import type { JobStoreReader, Lsn } from "../../store/job-store.js";
import type { MatchedFacts } from "../job-filter.js";
import type { News } from "./job-news.js";

export interface JobAtNews {
  readonly summary: MatchedFacts;
  readonly document: JobDocument;
}

/** undefined: retention took it meanwhile. */
export async function jobAtNews(
  reader: JobStoreReader,
  news: News,
  source: SpanSource,
): Promise<JobAtNews | undefined> {
  const jid = parseJid(news.jid);
  const trace =
    jid && (await readJobTrace(recordsUntil(reader, news.lsn), jid, { source, logs: false }));
  const cut = trace && traceAt(trace, news);
  return cut && jobOf(buildDocument(cut), news);
}

/** For reading one job: the records behind `last` are as if they had not come. */
function recordsUntil(reader: JobStoreReader, last: Lsn): JobStoreReader {
  return {
    ...reader,
    findRows: async (jobId) => (await reader.findRows(jobId)).filter(({ lsn }) => lsn <= last),
    findTrace: async (traceId) => (await reader.findTrace(traceId)).filter((lsn) => lsn <= last),
    read: async (lsn) => (lsn <= last ? reader.read(lsn) : undefined),
  };
}

/** undefined: the span that tells the news is not in the job. */
function traceAt(trace: JobTrace, { kind, traceId, spanId }: News): JobTrace | undefined {
  const isIt = (span: { readonly traceId: string; readonly spanId: string } | undefined): boolean =>
    span?.spanId === spanId && span.traceId === traceId;
  const { attempts, enqueues } = trace;
  if (kind === "enqueued") {
    const at = enqueues.findIndex(({ span }) => isIt(span));
    const push = enqueues[at]?.span;
    if (push === undefined) return undefined;
    const before = attempts.filter((attempt) => (startOf(attempt) ?? 0n) < push.start);
    return { ...trace, enqueues: enqueues.slice(0, at + 1), attempts: before };
  }
  const at = attempts.findIndex(({ root, activeJob, start }) =>
    kind === "ended" ? isIt(root) || isIt(activeJob) : isIt(start),
  );
  const attempt = attempts[at];
  if (attempt === undefined) return undefined;
  const last = kind === "ended" ? attempt : justStarted(attempt);
  return { ...trace, attempts: [...attempts.slice(0, at), last] };
}

function startOf({ root, activeJob, start, spans }: AttemptTrace): bigint | undefined {
  return (root ?? activeJob ?? start ?? spans[0])?.start;
}

/** Short attempts end in the record that tells of their start. */
function justStarted(attempt: AttemptTrace): AttemptTrace {
  return {
    ...attempt,
    root: undefined,
    activeJob: undefined,
    spans: [],
    pushes: new Map(),
    missingParents: [],
  };
}

function jobOf(document: JobDocument, { at }: News): JobAtNews {
  const { state, class: jobClass, queue, duration_ns: took, wait_ns: wait } = document.job;
  return {
    summary: { state, class: jobClass, queue, duration_ns: took, wait_ns: wait, latest: at },
    document,
  };
}
