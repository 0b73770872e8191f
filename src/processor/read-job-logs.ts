/**
 * Reads one job's log lines out of the store: the batches that hold records of its traces or that name it, and of these
 * the records that are its own.
 *
 * A trace may hold a request and several jobs, so a record is the job's when its span is. A record of a span that was
 * never received is the job's when the whole trace is, or when it was written by the process of an attempt while that was
 * under way.
 */
import { createHash } from "node:crypto";
import { jobTraceId } from "../jobscope/model/document/job-trace-id.js";
import type { Jid, TraceId } from "../jobscope/model/ids.js";
import type { AttemptTrace } from "../jobscope/model/job-trace.js";
import type { JobLogs, LogLine, LogTie } from "../jobscope/model/logs/log-line.js";
import { type Attributes, textAttribute } from "../jobscope/model/span.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import type { LogScan } from "../otlp/log-scan.js";
import { logNano, logSpanIdHex, logTraceIdHex } from "../otlp/scan-text.js";
import type { KnownSpans } from "./known-spans.js";
import { createLogReader, logBytes, type LogReader } from "./log-from-otlp.js";
import { forEachNamedJob, scanForLogs } from "./log-jids.js";

/** Lines that one reading of a job holds; the rest are counted. */
export const LOG_LINES_MAX = 10_000;
/** Of their records, in bytes. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** `known`: asked for only when there are logs to look at. */
export async function readJobLogs(
  reader: JobStoreReader,
  jid: Jid,
  traceIds: ReadonlySet<TraceId>,
  known: () => KnownSpans,
): Promise<JobLogs> {
  const lines: LogLine[] = [];
  let bytes = 0;
  let omitted = 0;
  for await (const { scan, logs } of jobLogRecords(reader, jid, traceIds, known)) {
    const logReader = createLogReader(scan);
    for (const [log, tie] of logs) {
      bytes += logBytes(scan, log).length;
      if (lines.length < LOG_LINES_MAX && bytes <= LOG_BYTES_MAX)
        lines.push(logReader.line(log, tie));
      else omitted++;
    }
  }
  return { lines, omitted };
}

/** The records of one batch that are the job's. Good until the next one is asked for. */
export interface JobLogRecords {
  readonly batch: StoredBatch;
  readonly scan: LogScan;
  /** Rows of the scan, ascending. */
  readonly logs: ReadonlyMap<number, LogTie>;
}

/** By rising lsn. */
export async function* jobLogRecords(
  reader: JobStoreReader,
  jid: Jid,
  traceIds: ReadonlySet<TraceId>,
  known: () => KnownSpans,
): AsyncIterable<JobLogRecords> {
  const lsns = new Set<Lsn>();
  for (const id of new Set([...traceIds, jobTraceId(jid) as TraceId]))
    for (const lsn of await reader.findLogs(id)) lsns.add(lsn);
  if (lsns.size === 0) return;
  const chosen = chooser(jid, known());
  for (const lsn of [...lsns].sort((a, b) => a - b)) {
    const batch = await reader.read(lsn);
    if (batch?.signal !== "logs") continue;
    const result = scanForLogs(batch.raw());
    if (result.kind === "scanned") yield { batch, scan: result.scan, logs: chosen(result.scan) };
  }
}

function chooser(jid: Jid, known: KnownSpans): (scan: LogScan) => ReadonlyMap<number, LogTie> {
  /** Senders repeat a batch whose answer they did not get: a record of an earlier batch is not taken again. */
  const seen = new Set<string>();
  return (scan) => {
    const reader = createLogReader(scan);
    const naming = new Set<number>();
    forEachNamedJob(scan, (log, jids) => {
      if (jids.includes(jid)) naming.add(log);
    });
    const chosen = new Map<number, LogTie>();
    const fresh: string[] = [];
    for (let log = 0; log < scan.logCount; log++) {
      const tie = tieOf(scan, log, known, reader) ?? (naming.has(log) ? "jid" : undefined);
      if (tie === undefined) continue;
      const key = createHash("sha256").update(logBytes(scan, log)).digest("base64");
      if (seen.has(key)) continue;
      if (seen.size + fresh.length < LOG_LINES_MAX) fresh.push(key);
      chosen.set(log, tie);
    }
    for (const key of fresh) seen.add(key);
    return chosen;
  };
}

function tieOf(
  scan: LogScan,
  log: number,
  known: KnownSpans,
  reader: LogReader,
): Exclude<LogTie, "jid"> | undefined {
  const traceId = logTraceIdHex(scan, log);
  if (traceId === undefined || !known.traceIds.has(traceId)) return undefined;
  const span = traceId + (logSpanIdHex(scan, log) ?? "");
  if (known.own.has(span)) return "span";
  if (known.foreign.has(span)) return undefined;
  if (known.ownTraceIds.has(traceId)) return "trace";
  const time = logNano(scan, log);
  return known.attempts.some((attempt) => isUnderWay(attempt, traceId, time, reader.resource(log)))
    ? "trace"
    : undefined;
}

function isUnderWay(
  { root, activeJob }: AttemptTrace,
  traceId: string,
  time: bigint,
  resource: Attributes,
): boolean {
  return [root, activeJob].some(
    (span) =>
      span !== undefined &&
      span.traceId === traceId &&
      span.start <= time &&
      time <= span.end &&
      isSameProcess(span.resource, resource),
  );
}

/** The spans and the logs of a process need not have the same resource to the byte. */
function isSameProcess(a: Attributes, b: Attributes): boolean {
  return ["service.name", "service.instance.id", "host.name", "process.pid"].every(
    (key) => textAttribute(a, key) === textAttribute(b, key),
  );
}
