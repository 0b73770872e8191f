/**
 * What one batch adds to the store's index, taken from the wire scan: a row for each span that names a job, and
 * the ids of the traces in it. The same function indexes a batch on its way in and makes a lost index again.
 */
import { JID_LENGTH_MAX, type TraceId } from "../jobscope/model/ids.js";
import type { BatchIndex, JobRow } from "../jobscope/model/job-row.js";
import type { StatusCode } from "../jobscope/model/span.js";
import { unixNano } from "../jobscope/model/time.js";
import { decodeResource } from "../otlp/decode.js";
import { endNano, resourceBytes, startNano } from "../otlp/scan-text.js";
import type { TraceScan } from "../otlp/trace-scan.js";
import { type JobSpan, jobSpanOf } from "./job-span.js";
import { spanIdOf, traceIdOf } from "./scanned-ids.js";
import { forEachSpanWithHits, scanForJobs } from "./scanned-nodes.js";

const STATUS_CODES: readonly StatusCode[] = ["unset", "ok", "error"];

/** Of an inflated request; bytes that are none give an empty index. */
export function indexBatch(raw: Uint8Array): BatchIndex {
  const result = scanForJobs(raw);
  return result.kind === "malformed" ? { rows: [], traceIds: [] } : indexScan(result.scan);
}

export function indexScan(scan: TraceScan): BatchIndex {
  const rows: JobRow[] = [];
  const stamped = new Set<string>();
  const services = new Map<number, string>();
  forEachSpanWithHits(scan, (index, facts) => {
    const job = jobSpanOf(facts);
    if (job === undefined) return;
    const traceId = traceIdOf(scan, index);
    // Every span of a job may be stamped; one row for each trace and batch is enough to find them all.
    if (job.role === "member" && stamped.has(traceId + job.jid)) return;
    if (job.role === "member") stamped.add(traceId + job.jid);
    const resource = scan.spans.resource[index] ?? 0;
    const service = services.get(resource) ?? serviceOf(scan, resource);
    services.set(resource, service);
    rows.push(...rowsOf(job, rowBase(scan, index, traceId, service)));
  });
  return { rows, traceIds: traceIdsOf(scan) };
}

/** Spans of one trace stand together more often than not, so most are told by comparing with the one before. */
function traceIdsOf(scan: TraceScan): readonly TraceId[] {
  const { bytes, spans } = scan;
  const traceIds = new Set<TraceId>();
  let previous = 0;
  for (let index = 0; index < scan.spanCount; index++) {
    if (spans.idsValid[index] === 0) continue;
    const at = spans.traceIdAt[index] ?? 0;
    let same = previous === 0 ? 0 : 16;
    for (let i = 0; i < same; i++) if (bytes[at + i] !== bytes[previous + i]) same = 0;
    previous = at;
    if (same === 0) traceIds.add(traceIdOf(scan, index));
  }
  return [...traceIds];
}

type RowBase = Pick<JobRow, "traceId" | "spanId" | "start" | "end" | "status" | "service">;

function rowBase(scan: TraceScan, index: number, traceId: TraceId, service: string): RowBase {
  return {
    traceId,
    spanId: spanIdOf(scan, index),
    start: unixNano(startNano(scan, index)),
    end: unixNano(endNano(scan, index)),
    status: STATUS_CODES[scan.spans.statusCode[index] ?? 0] ?? "unset",
    service,
  };
}

function rowsOf(job: JobSpan, base: RowBase): readonly JobRow[] {
  const { jobClass, queue } = job.role === "member" ? { jobClass: "", queue: "" } : job;
  const row = (jobId: string, otherId: string, role: JobRow["role"]): JobRow[] =>
    jobId.length > JID_LENGTH_MAX ? [] : [{ ...base, jobId, otherId, role, jobClass, queue }];
  if (job.role === "active_job_enqueue") return row(job.activeJobId, "", job.role);
  if (job.role !== "active_job_attempt") return row(job.jid, "", job.role);
  const own = row(job.jid, job.activeJobId, job.role);
  return job.activeJobId === job.jid ? own : [...own, ...row(job.activeJobId, job.jid, "alias")];
}

function serviceOf(scan: TraceScan, resource: number): string {
  const { attributes } = decodeResource(resourceBytes(scan, resource));
  return attributes.find(({ key }) => key === "service.name")?.value?.stringValue ?? "";
}
