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
  switch (job.role) {
    case "active_job_enqueue":
      return rowOf(base, job.role, job.activeJobId, "", job.jobClass, job.queue);
    case "active_job_attempt": {
      const { jid, activeJobId, jobClass, queue } = job;
      const own = rowOf(base, job.role, jid, activeJobId, jobClass, queue);
      const isAlias = activeJobId !== jid;
      return isAlias ? [...own, ...rowOf(base, "alias", activeJobId, jid, jobClass, queue)] : own;
    }
    case "member":
      return rowOf(base, job.role, job.jid, "", "", "");
    case "attempt":
    case "enqueue":
      return rowOf(base, job.role, job.jid, "", job.jobClass, job.queue);
  }
}

/** Field by field: spreading `base` took a third of the time of indexing. An id that is too long is not indexed. */
function rowOf(
  base: RowBase,
  role: JobRow["role"],
  jobId: string,
  otherId: string,
  jobClass: string,
  queue: string,
): readonly JobRow[] {
  if (jobId.length > JID_LENGTH_MAX) return [];
  const { traceId, spanId, start, end, status, service } = base;
  return [{ jobId, otherId, role, traceId, spanId, start, end, status, jobClass, queue, service }];
}

function serviceOf(scan: TraceScan, resource: number): string {
  const { attributes } = decodeResource(resourceBytes(scan, resource));
  return attributes.find(({ key }) => key === "service.name")?.value?.stringValue ?? "";
}
