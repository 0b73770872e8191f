/** The jobs of a handful of rows, as a store's `jobs` gives them: the plain statement of what a sealed run holds in columns. */
import type { UnixNano } from "../model/time.js";
import type { FoundRow, JobCandidate, JobMarks, JobQuery } from "./job-store.js";

/** By falling `latest`. */
export function jobsOfRows(rows: readonly FoundRow[], query: JobQuery): readonly JobCandidate[] {
  const byJob = new Map<string, FoundRow[]>();
  for (const row of rows.filter(isJobs)) {
    const own = byJob.get(row.jobId) ?? [];
    own.push(row);
    byJob.set(row.jobId, own);
  }
  const { since, facts, marks } = query;
  return [...byJob.values()]
    .filter((own) => marks === undefined || marks(marksOf(own)))
    .filter((own) => facts === undefined || own.some((row) => facts(row)))
    .map((own) => ({ jobId: own[0]?.jobId ?? "", latest: latestOf(own) }))
    .filter(({ latest }) => since === undefined || latest >= since)
    .sort((a, b) => (a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0));
}

const STAMPED: readonly FoundRow["role"][] = ["member", "start", "outside"];

/** An id that only leads to a job is none. */
function isJobs({ role }: FoundRow): boolean {
  return role !== "alias" && role !== "active_job_enqueue";
}

function isAttempt({ role }: FoundRow): boolean {
  return role === "attempt" || role === "active_job_attempt";
}

function latestOf(rows: readonly FoundRow[]): UnixNano {
  return rows
    .map((row) => (isAttempt(row) ? row.end : row.start))
    .reduce((a, b) => (b > a ? b : a));
}

function marksOf(rows: readonly FoundRow[]): JobMarks {
  const hasFailed = (row: FoundRow): boolean => isAttempt(row) && row.status === "error";
  return {
    pushed: rows.some(({ role }) => role === "enqueue"),
    attempted: rows.some(isAttempt),
    failed: rows.some(hasFailed),
    succeeded: rows.some((row) => isAttempt(row) && !hasFailed(row)),
    stamped: rows.some(({ role }) => STAMPED.includes(role)),
  };
}
