/** From a trace, or one span of it, to the jobs it is about. */
import { indexBatch } from "../../processor/batch-index.js";
import { readJobTrace } from "../../processor/read-job-trace.js";
import { parseJid, type SpanId, type TraceId } from "../model/ids.js";
import type { JobTrace } from "../model/job-trace.js";
import { rowsOf } from "../store/batch-index.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";

/** Jobs of one trace that are read to see whose a span is. */
const OWNERS_MAX = 50;

/** The index leads from a job to its traces; the other way round the trace's batches are indexed again. */
export async function rowsOfTrace(
  reader: JobStoreReader,
  traceId: TraceId,
): Promise<readonly FoundRow[]> {
  const rows: FoundRow[] = [];
  for (const lsn of await reader.findTrace(traceId)) {
    const batch = await reader.read(lsn);
    if (batch === undefined) continue;
    for (const row of rowsOf(indexBatch(batch.raw(), batch.signal)))
      if (row.traceId === traceId) rows.push({ ...row, lsn });
  }
  return rows;
}

export function isJob({ role }: FoundRow): boolean {
  return role !== "alias" && role !== "active_job_enqueue";
}

export async function jobsOfTrace(
  reader: JobStoreReader,
  traceId: TraceId,
): Promise<readonly string[]> {
  const rows = await rowsOfTrace(reader, traceId);
  return [...new Set(rows.filter(isJob).map(({ jobId }) => jobId))];
}

/** The job that the span is part of; where it is part of none, as a web request's, those that its trace is about. */
export async function jobsOfSpan(
  reader: JobStoreReader,
  traceId: TraceId,
  spanId: SpanId,
): Promise<readonly string[]> {
  const rows = (await rowsOfTrace(reader, traceId)).filter(isJob);
  const own = rows.filter((row) => row.spanId === spanId).map(({ jobId }) => jobId);
  if (own.length > 0) return [...new Set(own)];
  const jids = [...new Set(rows.map(({ jobId }) => jobId))];
  for (const id of jids.slice(0, OWNERS_MAX)) {
    const jid = parseJid(id);
    const trace = jid === undefined ? undefined : await readJobTrace(reader, jid);
    if (trace !== undefined && isPartOf(spanId, trace)) return [id];
  }
  return jids;
}

function isPartOf(spanId: SpanId, { attempts }: JobTrace): boolean {
  return attempts.some(({ root, activeJob, spans }) =>
    [root, activeJob, ...spans].some((span) => span?.spanId === spanId),
  );
}
