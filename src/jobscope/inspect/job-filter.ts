/**
 * Which jobs a list wants. Most of it is answered by a job's rows in the index; the rest only by the job's document, which
 * costs a hundred times as much to make, so it is asked last.
 */
import { isInterruption } from "../model/errors/interruption.js";
import type { Attempt, JobDocument, JobState } from "../model/job-document.js";
import type { Ns } from "../model/document-units.js";
import type { UnixNano } from "../model/time.js";
import type { FoundRow, JobMarks, JobQuery } from "../store/job-store.js";
import { type Glob, globPattern } from "./glob.js";
import type { JobSummary } from "./job-summary.js";

/** What is undefined or absent filters nothing. In a glob `*` stands for anything. */
export interface JobFilter {
  readonly states?: readonly JobState[] | undefined;
  /** Glob. */
  readonly class?: string | undefined;
  readonly queue?: string | undefined;
  /** Only jobs whose last news is not older. */
  readonly since?: UnixNano | undefined;
  /** Only jobs whose last news is older. */
  readonly until?: UnixNano | undefined;
  /** Only jobs whose last attempt took at least this long. */
  readonly slowerThan?: Ns | undefined;
  /** Only jobs that waited at least this long for their first attempt. */
  readonly waited?: Ns | undefined;
  /** From here on the document is needed. Glob over the class, the message, or `class: message`, of any attempt's error. */
  readonly error?: string | undefined;
  /** Glob over the tables that a job wrote to, committed or not. */
  readonly touching?: string | undefined;
  /** Glob over the hosts that a job called. */
  readonly calling?: string | undefined;
  /** Glob over who pushed the job. */
  readonly enqueuedBy?: string | undefined;
  /** One of the job's arguments: a text, or any value as JSON. */
  readonly arg?: string | undefined;
}

/** What the store may leave out without a look at the whole job. */
export function queryOf({ states, class: name, queue, since, error }: JobFilter): JobQuery {
  const pattern = name === undefined ? undefined : globPattern(name);
  const asksQueued = states !== undefined && states.every((state) => state === "queued");
  const asksFacts = pattern !== undefined || queue !== undefined || asksQueued;
  return {
    since,
    facts: asksFacts
      ? (facts) =>
          (pattern === undefined || facts.jobClass === "" || pattern.test(facts.jobClass)) &&
          (queue === undefined || facts.queue === "" || facts.queue === queue) &&
          (!asksQueued || facts.error === "" || isInterruption(facts.error))
      : undefined,
    marks:
      states === undefined && error === undefined
        ? undefined
        : (marks) =>
            states?.some((state) => mayBe(state, marks)) !== false &&
            (error === undefined || marks.failed),
  };
}

/** Whether a job with rows like these, and perhaps others, may be in this state. */
function mayBe(state: JobState, marks: JobMarks): boolean {
  switch (state) {
    case "queued":
      // What was put back ended in an error as well.
      return !marks.attempted || marks.failed;
    case "running":
    case "orphaned":
      // Without a stamp an attempt may still be told by the push of its trace.
      return !marks.attempted || (marks.stamped && marks.failed);
    case "failed":
      return marks.failed;
    case "completed":
      return marks.succeeded;
  }
}

/** What rows are matched by. */
export type MatchedFacts = Pick<
  JobSummary,
  "state" | "class" | "queue" | "latest" | "duration_ns" | "wait_ns"
>;

/** By the rows alone; what they cannot tell passes. */
export function rowsMatcher(
  filter: JobFilter,
): (job: MatchedFacts, rows: readonly FoundRow[]) => boolean {
  const { states, queue, since, until, slowerThan, waited, error } = filter;
  const pattern = filter.class === undefined ? undefined : globPattern(filter.class);
  return (job, rows) =>
    (states === undefined || states.includes(job.state)) &&
    (pattern === undefined || pattern.test(job.class ?? "")) &&
    (queue === undefined || job.queue === queue) &&
    (since === undefined || job.latest >= since) &&
    (until === undefined || job.latest < until) &&
    (slowerThan === undefined || (job.duration_ns ?? -1) >= slowerThan) &&
    (waited === undefined || (job.wait_ns ?? -1) >= waited) &&
    (error === undefined || rows.some(isFailure));
}

/** Whether it may be the row of an attempt that failed. */
function isFailure({ role, status, error }: FoundRow): boolean {
  const isAttempt = role === "attempt" || role === "active_job_attempt";
  return isAttempt && status === "error" && !isInterruption(error);
}

/** undefined: the rows tell everything that this filter asks. */
export function documentMatcher(
  filter: JobFilter,
): ((document: JobDocument) => boolean) | undefined {
  const tests = [
    test(globOf(filter.error), hasError),
    test(globOf(filter.touching), hasWrittenTo),
    test(globOf(filter.calling), ({ effects }, host) =>
      effects.http.some((call) => call.host !== null && host.test(call.host)),
    ),
    test(globOf(filter.enqueuedBy), ({ job }, who) =>
      job.enqueued_by.some(({ title }) => title !== null && who.test(title)),
    ),
    test(filter.arg, ({ job }, wanted) => job.args?.some((arg) => isArg(arg, wanted)) === true),
  ].filter((each) => each !== undefined);
  return tests.length === 0 ? undefined : (document) => tests.every((each) => each(document));
}

type DocumentTest = (document: JobDocument) => boolean;

function test<Wanted>(
  wanted: Wanted | undefined,
  matches: (document: JobDocument, wanted: Wanted) => boolean,
): DocumentTest | undefined {
  return wanted === undefined ? undefined : (document) => matches(document, wanted);
}

function globOf(glob: string | undefined): Glob | undefined {
  return glob === undefined ? undefined : globPattern(glob);
}

function hasError({ attempts }: JobDocument, pattern: Glob): boolean {
  return attempts.some((attempt) => isError(attempt, pattern));
}

/** A deploy's interruption is no error. */
function isError({ state, error }: Attempt, pattern: Glob): boolean {
  return (
    error !== null &&
    state !== "interrupted" &&
    [error.class, error.message, `${error.class}: ${error.message}`].some((text) =>
      pattern.test(text),
    )
  );
}

/** Whether it is for this attempt's error that `error` chooses its job. */
export function attemptMatcher({ error }: JobFilter): (attempt: Attempt) => boolean {
  const pattern = globOf(error);
  return (attempt) => pattern === undefined || isError(attempt, pattern);
}

/** A table is known with its schema or without. */
function hasWrittenTo({ effects }: JobDocument, pattern: Glob): boolean {
  return effects.tables.some(
    ({ table, inserts, updates, deletes }) =>
      inserts.statements + updates.statements + deletes.statements > 0 &&
      (pattern.test(table) || pattern.test(table.slice(table.lastIndexOf(".") + 1))),
  );
}

function isArg(arg: unknown, wanted: string): boolean {
  return arg === wanted || JSON.stringify(arg) === wanted;
}
