/**
 * The jobs of a sealed run, in columns and by their latest news: what a list needs to find the newest jobs of a kind
 * without looking at rows.
 */
import type { JobRole } from "../model/job-row.js";
import { orderOf } from "./order-of.js";
import { ROLES, ROW, ROW_BYTES, STATUSES } from "./run-layout.js";
import type { SealedIds } from "./sealed-texts.js";
import { wordsOf } from "./words.js";

/** What the rows of a job in one run say of it, as bits. */
export const MARKS = { pushed: 1, attempted: 2, failed: 4, succeeded: 8, stamped: 16 } as const;

const role = (name: JobRole): number => ROLES.indexOf(name);
const ENQUEUE = role("enqueue");
const ATTEMPT = role("attempt");
const ACTIVE_JOB_ATTEMPT = role("active_job_attempt");
const START = role("start");
const MEMBER = role("member");
const OUTSIDE = role("outside");
const ERROR = STATUSES.indexOf("error");

/** `columns`: latest, facts, id, marks (run-layout.ts), by latest, ascending. */
export function jobColumns(
  rows: Buffer,
  ids: SealedIds,
): { readonly count: number; readonly columns: readonly Buffer[] } {
  const jobs = gatherJobs(wordsOf(rows), ids);
  const { count, latest } = jobs;
  const order = orderOf({
    heads: Uint32Array.from({ length: count }, (_, job) => latest[job * 2 + 1] ?? 0),
    fifths: Uint8Array.from({ length: count }, (_, job) => (latest[job * 2] ?? 0) >>> 24),
    compare: (a, b) => (latest[a * 2] ?? 0) - (latest[b * 2] ?? 0),
  });
  const sorted = createJobs(count);
  for (const [to, from] of order.entries()) {
    sorted.latest[to * 2] = latest[from * 2] ?? 0;
    sorted.latest[to * 2 + 1] = latest[from * 2 + 1] ?? 0;
    sorted.facts[to] = jobs.facts[from] ?? 0;
    sorted.id[to] = jobs.id[from] ?? 0;
    sorted.marks[to] = jobs.marks[from] ?? 0;
  }
  const columns = [sorted.latest, sorted.facts, sorted.id, sorted.marks];
  return { count, columns: columns.map(({ buffer }) => Buffer.from(buffer)) };
}

interface Jobs {
  count: number;
  /** Nanoseconds since 1970 in two numbers, the low half first. */
  readonly latest: Uint32Array;
  readonly facts: Uint32Array;
  readonly id: Uint32Array;
  readonly marks: Uint8Array;
}

function createJobs(capacity: number): Jobs {
  return {
    count: 0,
    latest: new Uint32Array(capacity * 2),
    facts: new Uint32Array(capacity),
    id: new Uint32Array(capacity),
    marks: new Uint8Array(capacity),
  };
}

/** Ids that only lead to a job, and are none, are left out. */
function gatherJobs(rows: Uint32Array, { order, firsts }: SealedIds): Jobs {
  const jobs = createJobs(firsts.length);
  for (const [i, first] of firsts.entries()) {
    const end = firsts[i + 1] ?? order.length;
    let rank = 0;
    for (let at = first; at < end; at++)
      rank = addRow(jobs, rows, (order[at] ?? 0) * ROW_WORDS, rank);
    if (jobs.marks[jobs.count] !== 0) jobs.id[jobs.count++] = first;
  }
  return jobs;
}

/** How well a row knows the job's class and queue; 0: it is none of a job. */
function rankOf(row: number): number {
  if (row === ATTEMPT) return 4;
  if (row === ACTIVE_JOB_ATTEMPT) return 3;
  if (row === ENQUEUE || row === START) return 2;
  return row === MEMBER || row === OUTSIDE ? 1 : 0;
}

const ROW_WORDS = ROW_BYTES / 4;

/**
 * Adds what a row says to the job being gathered. `rows` and `at` count in numbers of four bytes. `rank`: of the row whose
 * facts it has; returns the new one.
 */
function addRow(jobs: Jobs, rows: Uint32Array, at: number, rank: number): number {
  const bytes = rows[at + ROW.idLength / 4] ?? 0;
  const own = (bytes >>> 8) & 0xff;
  const ownRank = rankOf(own);
  if (ownRank === 0) return rank;
  const job = jobs.count;
  jobs.marks[job] = (jobs.marks[job] ?? 0) | marksOf(own, (bytes >>> 16) & 0xff);
  const time = at + (own === ATTEMPT || own === ACTIVE_JOB_ATTEMPT ? ROW.end : ROW.start) / 4;
  const low = rows[time] ?? 0;
  const high = rows[time + 1] ?? 0;
  const latestHigh = jobs.latest[job * 2 + 1] ?? 0;
  if (high > latestHigh || (high === latestHigh && low > (jobs.latest[job * 2] ?? 0))) {
    jobs.latest[job * 2] = low;
    jobs.latest[job * 2 + 1] = high;
  }
  // Of rows that know it equally well the last counts.
  if (ownRank < rank) return rank;
  jobs.facts[job] = rows[at + ROW.facts / 4] ?? 0;
  return ownRank;
}

function marksOf(own: number, status: number): number {
  if (own === ENQUEUE) return MARKS.pushed;
  if (own === MEMBER || own === START || own === OUTSIDE) return MARKS.stamped;
  return MARKS.attempted | (status === ERROR ? MARKS.failed : MARKS.succeeded);
}
