/** What a reader asks of one segment's index, sealed or live. */
import type { TraceId } from "../model/ids.js";
import type { FoundRow, JobCandidate, JobQuery, Lsn } from "./job-store.js";

export interface SegmentIndex {
  /** Rows whose job id is exactly this, by lsn. */
  rowsOf(jobId: string): readonly FoundRow[];
  /** Distinct job ids with this prefix, in byte order. */
  jobIds(prefix: string, limit: number): readonly string[];
  lsnsOf(traceId: TraceId): readonly Lsn[];
  /** The same for log records. */
  logLsnsOf(traceId: TraceId): readonly Lsn[];
  traceIds(prefix: string, limit: number): readonly TraceId[];
  /** Jobs that this segment's rows do not rule out, by falling `latest`. */
  jobs(query: JobQuery): Iterable<JobCandidate>;
  /** Where the record stands in the log; undefined: not in this index. */
  offsetOf(lsn: Lsn): number | undefined;
}
