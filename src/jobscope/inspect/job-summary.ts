/**
 * A job in one line, from the rows of the index alone: no batch is read. The index knows that an attempt ended in an
 * error and not which one; a job put back by a shutdown therefore counts as failed here and is told apart by `inspect`.
 */
import type { Instant, Ns } from "../model/document-units.js";
import type { JobState } from "../model/job-document.js";
import { between, formatInstant, type UnixNano } from "../model/time.js";
import type { FoundRow } from "../store/job-store.js";

export interface JobSummary {
  readonly jid: string;
  readonly class: string | null;
  readonly queue: string | null;
  readonly service: string | null;
  readonly state: JobState;
  readonly attempts: number;
  readonly enqueued_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  /** Of the last attempt. */
  readonly duration_ns: Ns | null;
  /** What the list is ordered by: the end of the last attempt, or the push. */
  readonly latest: UnixNano;
}

/** `rows`: of one job id. undefined when none of them is a job's. */
export function summarise(rows: readonly FoundRow[]): JobSummary | undefined {
  const attempts = distinctSpans(attemptRows(rows));
  const pushes = distinctSpans(rows.filter(({ role }) => role === "enqueue"));
  const members = rows.filter(({ role }) => role === "member");
  const any = attempts[0] ?? pushes[0] ?? members[0];
  if (any === undefined) return undefined;
  const last = attempts.at(-1);
  // A job may change its class or queue between attempts: the last one counts.
  const named = [...attempts.toReversed(), ...pushes.toReversed()];
  return {
    jid: any.jobId,
    class: named.find(({ jobClass }) => jobClass !== "")?.jobClass ?? null,
    queue: named.find(({ queue }) => queue !== "")?.queue ?? null,
    service: any.service === "" ? null : any.service,
    state: stateOf(last, members.length > 0),
    attempts: attempts.length,
    enqueued_at: pushes[0] === undefined ? null : formatInstant(pushes[0].start),
    started_at: attempts[0] === undefined ? null : formatInstant(attempts[0].start),
    finished_at: last === undefined ? null : formatInstant(last.end),
    duration_ns: last === undefined ? null : Number(between(last.start, last.end)),
    latest: last?.end ?? pushes.at(-1)?.start ?? any.start,
  };
}

function stateOf(last: FoundRow | undefined, hasMembers: boolean): JobState {
  if (last === undefined) return hasMembers ? "running" : "queued";
  // ActiveJob marks errors that it handled itself; only the job system's own span says that the job failed.
  return last.status === "error" && last.role === "attempt" ? "failed" : "completed";
}

/** The job system's spans; ActiveJob's only where the other was not exported. */
function attemptRows(rows: readonly FoundRow[]): readonly FoundRow[] {
  const own = rows.filter(({ role }) => role === "attempt");
  const wrapped = rows.filter(({ role }) => role === "active_job_attempt");
  return [
    ...own,
    ...wrapped.filter(
      (inner) => !own.some((outer) => outer.start <= inner.start && inner.end <= outer.end),
    ),
  ];
}

/** A batch that was sent twice has its rows twice. */
function distinctSpans(rows: readonly FoundRow[]): readonly FoundRow[] {
  const bySpan = new Map(rows.map((row) => [row.traceId + row.spanId, row]));
  return [...bySpan.values()].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}
