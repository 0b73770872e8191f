/**
 * A job in one line, from the rows of the index alone: no batch is read. By the rules of the document, so that a list and
 * `inspect` never disagree. An attempt whose own span never came is running or orphaned, which its spans tell and rows do
 * not: {@link mayBeRootless} says when `summariseJob` has to look at them.
 */
import { attemptEnd, type AttemptEnd, stateAfter } from "../model/attempt-end.js";
import { waitBetween } from "../model/document/job-times.js";
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
  /** How many of them put the job back and did not fail: a deploy, a rate limit. */
  readonly interruptions: number;
  /** The class of the last attempt's error; null: it ended well, or no span says. */
  readonly error: string | null;
  readonly enqueued_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  /** Of the first attempt, from the queue to its start; null: not recorded, or two clocks disagree. */
  readonly wait_ns: Ns | null;
  /** Of the last attempt. */
  readonly duration_ns: Ns | null;
  /** What the list is ordered by: the end of the last attempt, or the push. */
  readonly latest: UnixNano;
}

/** `rows`: of one job id. undefined when none of them is a job's. */
export function summarise(rows: readonly FoundRow[]): JobSummary | undefined {
  const attempts = attemptsOf(rows);
  const pushes = distinctSpans(rows.filter(({ role }) => role === "enqueue"));
  const stamped = distinctSpans(rows.filter(isStamped));
  const starts = stamped.filter(({ role }) => role === "start");
  const any = attempts[0]?.row ?? pushes[0] ?? stamped[0];
  if (any === undefined) return undefined;
  const open = rootless(attempts, stamped);
  const ended = attempts.at(-1);
  const last =
    open !== undefined && (ended === undefined || open.start > ended.row.start) ? undefined : ended;
  // A job may change its class or queue between attempts: the last one counts.
  const named = [
    ...attempts.map(({ row }) => row).toReversed(),
    ...starts.toReversed(),
    ...pushes.toReversed(),
  ];
  const first = earlier(attempts[0]?.row, open);
  return {
    jid: any.jobId,
    class: named.find(({ jobClass }) => jobClass !== "")?.jobClass ?? null,
    queue: named.find(({ queue }) => queue !== "")?.queue ?? null,
    service: any.service === "" ? null : any.service,
    state: last === undefined && open !== undefined ? "running" : stateAfter(last?.end),
    attempts: attempts.length + (open === undefined ? 0 : 1),
    interruptions: attempts.filter(({ end }) => end === "interrupted").length,
    error: last === undefined || last.error === "" ? null : last.error,
    enqueued_at: pushes[0] === undefined ? null : formatInstant(pushes[0].start),
    started_at: first === undefined ? null : formatInstant(first.start),
    finished_at: last === undefined ? null : formatInstant(last.row.end),
    wait_ns: first === undefined || first === open ? null : waitNs(first),
    duration_ns: last === undefined ? null : Number(between(last.row.start, last.row.end)),
    latest:
      latestOf([
        ended?.row.end,
        open?.start,
        ended === undefined ? pushes.at(-1)?.start : undefined,
      ]) ?? any.start,
  };
}

/** A span that is not the attempt's own says nothing of the queue. */
function waitNs({ enqueuedAt, start }: FoundRow): Ns | null {
  const wait = waitBetween(enqueuedAt === 0n ? undefined : enqueuedAt, start);
  return wait.kind === "waited" ? Number(wait.wait) : null;
}

/** Whether spans inside the job came that are in no attempt whose own span is there. */
export function mayBeRootless(rows: readonly FoundRow[]): boolean {
  return rootless(attemptsOf(rows), distinctSpans(rows.filter(isStamped))) !== undefined;
}

function latestOf(times: readonly (UnixNano | undefined)[]): UnixNano | undefined {
  return times.reduce(
    (latest, time) =>
      latest === undefined || (time !== undefined && time > latest) ? time : latest,
    undefined,
  );
}

function earlier(a: FoundRow | undefined, b: FoundRow | undefined): FoundRow | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.start < a.start ? b : a;
}

interface EndedAttempt {
  /** The job system's span; ActiveJob's only where the other was not exported. */
  readonly row: FoundRow;
  readonly end: AttemptEnd;
  readonly error: string;
}

/** By start. */
function attemptsOf(rows: readonly FoundRow[]): readonly EndedAttempt[] {
  const own = distinctSpans(rows.filter(({ role }) => role === "attempt"));
  const inner = distinctSpans(rows.filter(({ role }) => role === "active_job_attempt"));
  const paired = own.map((row) => {
    const active = inner.find((each) => isInside(each, row));
    return active === undefined ? [row] : [row, active];
  });
  const alone = inner.filter((each) => !own.some((row) => isInside(each, row))).map((row) => [row]);
  return [...paired, ...alone].flatMap(endedAttempt).sort((a, b) => byStart(a.row, b.row));
}

function endedAttempt(rows: readonly FoundRow[]): readonly EndedAttempt[] {
  const [row] = rows;
  if (row === undefined) return [];
  const spans = rows.map(({ status, error, role }) => ({
    isError: status === "error",
    errorClass: error,
    isActiveJob: role === "active_job_attempt",
  }));
  const error = spans.find(({ isError }) => isError)?.errorClass ?? "";
  return [{ row, end: attemptEnd(spans), error }];
}

function isInside(inner: FoundRow, outer: FoundRow): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function isStamped({ role }: FoundRow): boolean {
  return role === "member" || role === "start" || role === "outside";
}

/** The last span of the job that lies in none of its attempts; the time is what tells, for ActiveJob has a trace of its own. */
function rootless(
  attempts: readonly EndedAttempt[],
  stamped: readonly FoundRow[],
): FoundRow | undefined {
  const open = stamped.filter(
    ({ role, start }) =>
      role !== "outside" && !attempts.some(({ row }) => row.start <= start && start <= row.end),
  );
  return open.findLast(({ role }) => role === "start") ?? open[0];
}

/** A batch that was sent twice has its rows twice. */
function distinctSpans(rows: readonly FoundRow[]): readonly FoundRow[] {
  const bySpan = new Map(rows.map((row) => [row.traceId + row.spanId, row]));
  return [...bySpan.values()].sort(byStart);
}

function byStart(a: FoundRow, b: FoundRow): number {
  return a.start < b.start ? -1 : a.start > b.start ? 1 : 0;
}
