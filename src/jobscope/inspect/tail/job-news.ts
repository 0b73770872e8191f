/**
 * What a record tells of a job that no record before it told: an attempt ended, one started, it was pushed. A function of
 * the index's rows, so the same log gives the same news to who reads along and to who reads it later.
 */
import type { UnixNano } from "../../model/time.js";
import type { FoundRow, Lsn } from "../../store/job-store.js";
import type { JobNews } from "../job-line.js";

export interface News {
  readonly kind: JobNews;
  readonly jid: string;
  /** When it happened, by the sender's clock. */
  readonly at: UnixNano;
  /** The record that told it first. */
  readonly lsn: Lsn;
  /** The span that tells it: an attempt's own, a start record, a push. */
  readonly traceId: string;
  readonly spanId: string;
  /** When the span began. */
  readonly start: UnixNano;
}

const KIND_OF_ROLE: Readonly<Partial<Record<FoundRow["role"], JobNews>>> = {
  attempt: "ended",
  active_job_attempt: "ended",
  start: "started",
  enqueue: "enqueued",
};

/** undefined: a row like this is no news by itself. */
export function kindOfRow({ role }: Pick<FoundRow, "role">): JobNews | undefined {
  return KIND_OF_ROLE[role];
}

/**
 * The news in record `lsn`. `rows`: of one job, oldest record first, up to that record at least. A span that was sent again
 * is none, and neither is the second span of an attempt, ActiveJob's or the job system's, where the first came before.
 */
export function newsIn(rows: readonly FoundRow[], lsn: Lsn): readonly News[] {
  const known = firstOfEach(rows.filter((row) => row.lsn <= lsn));
  return known
    .filter((row) => row.lsn === lsn && !isToldByOther(row, known))
    .flatMap(newsOfRow)
    .sort(byTime);
}

/** All the news of one job's rows, in the order of records. */
export function allNews(rows: readonly FoundRow[]): readonly News[] {
  const lsns = new Set(rows.filter((row) => kindOfRow(row) !== undefined).map(({ lsn }) => lsn));
  return [...lsns].flatMap((lsn) => newsIn(rows, lsn));
}

const KIND_ORDER: readonly JobNews[] = ["enqueued", "started", "ended"];

/** As it happened; where times are equal, a fixed order. */
export function byTime(a: News, b: News): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.kind !== b.kind) return KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind);
  if (a.jid !== b.jid) return a.jid < b.jid ? -1 : 1;
  return a.spanId < b.spanId ? -1 : 1;
}

function newsOfRow(row: FoundRow): readonly News[] {
  const kind = kindOfRow(row);
  if (kind === undefined) return [];
  const { jobId: jid, lsn, traceId, spanId, start } = row;
  return [{ kind, jid, at: kind === "ended" ? row.end : start, lsn, traceId, spanId, start }];
}

/** Each span as it came first. */
function firstOfEach(rows: readonly FoundRow[]): readonly FoundRow[] {
  const first = new Map<string, FoundRow>();
  for (const row of rows) {
    const key = `${row.role} ${row.traceId}${row.spanId}`;
    if (!first.has(key)) first.set(key, row);
  }
  return [...first.values()];
}

/** Of the two spans of an attempt the one that came first tells that it ended; of two at once, the job system's. */
function isToldByOther(row: FoundRow, known: readonly FoundRow[]): boolean {
  if (row.role === "attempt")
    return known.some(
      (inner) => inner.role === "active_job_attempt" && inner.lsn < row.lsn && isInside(inner, row),
    );
  return (
    row.role === "active_job_attempt" &&
    known.some((outer) => outer.role === "attempt" && isInside(row, outer))
  );
}

function isInside(inner: FoundRow, outer: FoundRow): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
