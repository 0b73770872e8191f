/**
 * What one batch adds to the store's index, taken from the wire scan: a row for each span that names a job, and
 * the ids of the traces in it. The same function indexes a batch on its way in and makes a lost index again.
 */
import {
  type BatchIndex,
  type BatchIndexBuilder,
  createBatchIndexBuilder,
  type SpanBytes,
} from "../jobscope/store/batch-index.js";
import { jobTraceId } from "../jobscope/model/document/job-trace-id.js";
import type { BatchSignal } from "../jobscope/store/job-store.js";
import { decodeResource } from "../otlp/decode.js";
import { resourceBytes } from "../otlp/scan-text.js";
import type { LogScan } from "../otlp/log-scan.js";
import type { TraceScan } from "../otlp/trace-scan.js";
import { createIdSet } from "./id-set.js";
import { enqueuedAtOf } from "./scanned-enqueued-at.js";
import { errorClassOfScanned } from "./scanned-error.js";
import { type JobSpan, jobSpanOf } from "./job-span.js";
import { jidsOfScan, scanForLogs } from "./log-jids.js";
import { traceIdOf } from "./scanned-ids.js";
import { forEachSpanWithHits, scanForJobs } from "./scanned-nodes.js";

const builder = createBatchIndexBuilder();
const traceIds = createIdSet();

/** Of an inflated request; bytes that are none give an empty index. Good until the next call. */
export function indexBatch(raw: Uint8Array, signal: BatchSignal): BatchIndex {
  if (signal === "logs") {
    const result = scanForLogs(raw);
    if (result.kind === "scanned") return indexLogScan(result.scan);
  } else if (signal === "traces") {
    const result = scanForJobs(raw);
    if (result.kind === "scanned") return indexScan(result.scan);
  }
  builder.begin();
  return builder.finish();
}

/** Good until the next call. */
export function indexLogScan(scan: LogScan): BatchIndex {
  builder.begin();
  const { logs, bytes, logCount } = scan;
  traceIds.begin(bytes);
  for (let log = 0; log < logCount; log++) {
    const at = logs.traceIdAt[log] ?? 0;
    if (at !== 0 && traceIds.add(at)) builder.logs(bytes, at);
  }
  for (const jid of jidsOfScan(scan)) builder.logs(Buffer.from(jobTraceId(jid), "hex"), 0);
  return builder.finish();
}

/** Good until the next call. */
export function indexScan(scan: TraceScan): BatchIndex {
  builder.begin();
  const stamped = new Set<string>();
  const servicesHere: string[] = [];
  forEachSpanWithHits(scan, (index, facts) => {
    const job = jobSpanOf(facts);
    if (job === undefined) return;
    if (job.role === "member" || job.role === "start") {
      // Every span of a job may be stamped; one row for each trace and batch is enough to find them all.
      const key = traceIdOf(scan, index) + job.jid;
      if (job.role === "member" && stamped.has(key)) return;
      stamped.add(key);
    }
    const resource = scan.spans.resource[index] ?? 0;
    const service = servicesHere[resource] ?? serviceOf(scan, resource);
    servicesHere[resource] = service;
    const enqueuedAt = job.role === "attempt" ? enqueuedAtOf(scan, index) : 0;
    const span = spanBytes(scan, index, enqueuedAt);
    addRows(builder, job, span, { service, error: errorOf(scan, index, job) });
  });
  addTraces(scan);
  return builder.finish();
}

function addTraces(scan: TraceScan): void {
  const { spans, bytes, spanCount } = scan;
  traceIds.begin(bytes);
  for (let index = 0; index < spanCount; index++) {
    if (spans.idsValid[index] === 0) continue;
    const at = spans.traceIdAt[index] ?? 0;
    if (traceIds.add(at)) builder.trace(bytes, at);
  }
}

function spanBytes({ bytes, spans }: TraceScan, index: number, enqueuedAt: number): SpanBytes {
  return {
    bytes,
    traceIdAt: spans.traceIdAt[index] ?? 0,
    spanIdAt: spans.spanIdAt[index] ?? 0,
    startAt: spans.startAt[index] ?? 0,
    endAt: spans.endAt[index] ?? 0,
    enqueuedAt,
    statusCode: spans.statusCode[index] ?? 0,
  };
}

/** Nearly every attempt ends well, so that its span is not looked at again. */
function errorOf(scan: TraceScan, index: number, { role }: JobSpan): string {
  const isAttempt = role === "attempt" || role === "active_job_attempt";
  return isAttempt && scan.spans.statusCode[index] === STATUS_ERROR
    ? errorClassOfScanned(scan, index)
    : "";
}

/** OTLP `StatusCode`. */
const STATUS_ERROR = 2;

interface Told {
  readonly service: string;
  readonly error: string;
}

function addRows(rows: BatchIndexBuilder, job: JobSpan, span: SpanBytes, told: Told): void {
  const { service, error } = told;
  if (job.role === "member" || job.role === "outside") {
    rows.row(job.role, job.jid, "", rows.facts("", "", service, ""), span);
    return;
  }
  const facts = rows.facts(job.jobClass, job.queue, service, error);
  switch (job.role) {
    case "active_job_enqueue":
      rows.row(job.role, job.activeJobId, "", facts, span);
      return;
    case "active_job_attempt":
      rows.row(job.role, job.jid, job.activeJobId, facts, span);
      if (job.activeJobId !== job.jid) rows.row("alias", job.activeJobId, job.jid, facts, span);
      return;
    case "attempt":
    case "enqueue":
    case "start":
      rows.row(job.role, job.jid, "", facts, span);
  }
}

/** A process sends the same resource with every batch, so what one says is kept, by its bytes. */
const services = new Map<string, string>();

/** Resources that are kept: more processes than one collector hears of. */
const SERVICES_MAX = 1024;

function serviceOf(scan: TraceScan, resource: number): string {
  const bytes = resourceBytes(scan, resource);
  const key = bytes.toString("latin1");
  const known = services.get(key);
  if (known !== undefined) return known;
  const { attributes } = decodeResource(bytes);
  const name = attributes.find((attribute) => attribute.key === "service.name")?.value?.stringValue;
  if (services.size >= SERVICES_MAX) services.clear();
  services.set(key, name ?? "");
  return name ?? "";
}
