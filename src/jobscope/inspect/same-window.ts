/**
 * Whether other jobs failed at the same thing at the same time: "my bug" or "their outage". Two numbers for the reader to
 * compare: jobs in the window around the failure, and jobs in the hour before it.
 *
 * The index knows which jobs had an attempt that failed, and when; only these are read. A step whose error the job rescued
 * does not count.
 */
import type { Attempt, JobDocument } from "../model/job-document.js";
import type { Step } from "../model/step-document.js";
import {
  durationNano,
  formatInstant,
  NANOS_PER_SECOND,
  parseInstant,
  type UnixNano,
  unixNano,
} from "../model/time.js";
import type { Failure } from "../model/why/build-why.js";
import { isSameTarget, type Target, targetOf } from "../model/why/step-target.js";
import type { SameWindow } from "../model/why/why-document.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";
import { createJobsReader } from "./read-jobs.js";

/** Before the failing step begins, and after it ends. */
const AROUND = durationNano(60n * NANOS_PER_SECOND);
/** The yardstick. */
const HOUR = durationNano(3600n * NANOS_PER_SECOND);

/** Jobs whose rows are looked at: all that failed since the hour before, the newest first. */
export const JOBS_LOOKED_AT_MAX = 20_000;
/** Jobs that are read whole: each is a few milliseconds. */
export const JOBS_READ_MAX = 2000;

export interface WindowQuestion {
  readonly jid: string;
  readonly failure: Failure;
  /** Called after each job that was read. */
  readonly onRead?: (count: number) => void;
}

interface Limits {
  readonly lookedAtMax: number;
  readonly readMax: number;
}

export async function sameWindow(
  reader: JobStoreReader,
  question: WindowQuestion,
  { lookedAtMax, readMax }: Limits = { lookedAtMax: JOBS_LOOKED_AT_MAX, readMax: JOBS_READ_MAX },
): Promise<SameWindow> {
  const { jid, failure, onRead } = question;
  const { attempt, step, target } = failure;
  const [from, to] = windowOf(attempt, step);
  const begin = unixNano(from - HOUR);
  const tally = createTally(target, from, to);
  const readJob = createJobsReader(reader);
  const seen = new Set<string>([jid]);
  let complete = true;
  let read = 0;
  for await (const { jobId } of reader.jobs({ since: begin, marks: ({ failed }) => failed })) {
    if (seen.has(jobId)) continue;
    if (seen.size > lookedAtMax || read >= readMax) {
      complete = false;
      break;
    }
    seen.add(jobId);
    const rows = await reader.findRows(jobId);
    if (!rows.some((row) => hasFailedWithin(row, begin, to))) continue;
    const other = await readJob(jobId);
    read++;
    onRead?.(read);
    if (other !== undefined) tally.add(other, begin);
  }
  return {
    target,
    from: formatInstant(from),
    to: formatInstant(to),
    ...tally.sum(),
    recorded_from: recordedFrom((await reader.info()).oldest, begin, to),
    jobs_read: read,
    complete,
  };
}

/** A store that was filled afterwards, from files, began later than all that is in it, which says nothing. */
function recordedFrom(
  oldest: UnixNano | undefined,
  begin: UnixNano,
  to: UnixNano,
): SameWindow["recorded_from"] {
  return oldest === undefined || oldest <= begin || oldest > to ? null : formatInstant(oldest);
}

function windowOf({ started_at: start }: Attempt, step: Step): readonly [UnixNano, UnixNano] {
  const from = parseInstant(start) + BigInt(step.offset_ns);
  return [unixNano(from - AROUND), unixNano(from + BigInt(step.duration_ns ?? 0) + AROUND)];
}

function hasFailedWithin(
  { role, status, start, end }: FoundRow,
  from: UnixNano,
  to: UnixNano,
): boolean {
  return role === "attempt" && status === "error" && end >= from && start <= to;
}

interface Tally {
  add(document: JobDocument, begin: UnixNano): void;
  sum(): Pick<SameWindow, "jobs" | "classes" | "first_at" | "last_at" | "jobs_hour_before">;
}

function createTally(target: Target, from: UnixNano, to: UnixNano): Tally {
  const classes = new Map<string | null, number>();
  const inside: UnixNano[] = [];
  let jobs = 0;
  let before = 0;
  return {
    add(document, begin) {
      const times = failuresAt(document, target);
      const own = times.filter((at) => at >= from && at <= to);
      if (times.some((at) => at >= begin && at < from)) before++;
      if (own.length === 0) return;
      jobs++;
      inside.push(...own);
      classes.set(document.job.class, (classes.get(document.job.class) ?? 0) + 1);
    },
    sum() {
      const times = inside.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const [first] = times;
      const last = times.at(-1);
      return {
        jobs,
        classes: [...classes]
          .map(([name, count]) => ({ class: name, jobs: count }))
          .sort((a, b) => b.jobs - a.jobs || ((a.class ?? "") < (b.class ?? "") ? -1 : 1)),
        first_at: first === undefined ? null : formatInstant(first),
        last_at: last === undefined ? null : formatInstant(last),
        jobs_hour_before: before,
      };
    },
  };
}

/** When steps at the target ended in an error, in attempts that failed. */
function failuresAt({ attempts }: JobDocument, target: Target): readonly UnixNano[] {
  return attempts
    .filter(({ state }) => state === "failed")
    .flatMap(({ started_at: start, steps }) =>
      steps
        .filter((step) => step.status === "error" && isSameTarget(target, targetOf(step)))
        .map(({ offset_ns: offset, duration_ns: duration }) =>
          unixNano(parseInstant(start) + BigInt(offset + (duration ?? 0))),
        ),
    );
}
