/** Failed attempts of many jobs, one job after another, into groups of the same failure. */
import { grouped } from "../grouped.js";
import { messagePattern } from "../errors/message-pattern.js";
import type { Attempt, JobDocument } from "../job-document.js";
import { stepName } from "../step-name.js";
import { parseInstant, type UnixNano } from "../time.js";
import { formatInstant } from "../time.js";
import { failingStep } from "../why/failing-step.js";
import type { FailureGroup, OmittedFailures } from "./failures-document.js";

/** More kinds of failure at one time are only counted. */
export const GROUPS_MAX = 1000;

export interface FailureGroups {
  /** `isWanted`: which of its failed attempts are meant. How many were. */
  add(document: JobDocument, isWanted: (attempt: Attempt, at: UnixNano) => boolean): number;
  /** `recordedTo`: the newest news of all jobs that were asked for. `limit`: how many groups. */
  sum(recordedTo: UnixNano | undefined, limit: number): Grouped;
}

export interface Grouped {
  readonly groups: readonly FailureGroup[];
  readonly omitted: OmittedFailures;
}

/** A deploy's interruption is no failure; an error that ActiveJob took care of ended the attempt all the same. */
export function hasFailed({ state, error }: Attempt): boolean {
  return state === "failed" || (error !== null && state !== "interrupted");
}

export function failedAt({ error, finished_at: finished, started_at: started }: Attempt): UnixNano {
  return parseInstant(error?.at ?? finished ?? started);
}

interface Kept {
  readonly error: FailureGroup["error"];
  readonly step: FailureGroup["step"];
  readonly times: UnixNano[];
  readonly classes: Map<string | null, number>;
  jobs: number;
  handled: number;
  afterAnother: number;
  completed: number;
  example: FailureGroup["example"];
  exampleAt: UnixNano;
}

export function createFailureGroups(groupsMax = GROUPS_MAX): FailureGroups {
  const groups = new Map<string, Kept>();
  const beyond = { keys: new Set<string>(), jobs: 0, attempts: 0 };

  function groupOf(key: string, failure: Failure, document: JobDocument): Kept | undefined {
    const known = groups.get(key);
    if (known !== undefined || groups.size >= groupsMax) return known;
    const made = newGroup(failure, document);
    groups.set(key, made);
    return made;
  }

  return {
    add(document, isWanted) {
      const failures = failuresOf(document, isWanted);
      for (const [key, own] of grouped(failures, (failure) => failure.key)) {
        const group = own[0] && groupOf(key, own[0], document);
        if (group !== undefined) addTo(group, own, document);
        else {
          // Their keys are bounded as well: beyond that, groups are counted too low, and jobs are not.
          if (beyond.keys.size < groupsMax) beyond.keys.add(key);
          beyond.jobs++;
          beyond.attempts += own.length;
        }
      }
      return failures.length;
    },
    sum(recordedTo, limit) {
      const sorted = [...groups].sort(largestFirst).map(([, group]) => group);
      const left = sorted.slice(limit);
      return {
        groups: sorted.slice(0, limit).map((group) => groupDocument(group, recordedTo)),
        omitted: {
          groups: beyond.keys.size + left.length,
          jobs: left.reduce((sum, { jobs }) => sum + jobs, beyond.jobs),
          attempts: left.reduce((sum, { times }) => sum + times.length, beyond.attempts),
        },
      };
    },
  };
}

interface Failure {
  readonly key: string;
  readonly attempt: Attempt;
  readonly at: UnixNano;
  readonly step: FailureGroup["step"];
}

function failuresOf(
  { attempts }: JobDocument,
  isWanted: (attempt: Attempt, at: UnixNano) => boolean,
): readonly Failure[] {
  return attempts.flatMap((attempt) => {
    const at = failedAt(attempt);
    if (!hasFailed(attempt) || !isWanted(attempt, at)) return [];
    const raisedIn = failingStep(attempt);
    const step =
      raisedIn === undefined
        ? null
        : { fingerprint: raisedIn.fingerprint, kind: raisedIn.kind, name: stepName(raisedIn) };
    const key = `${attempt.error?.fingerprint ?? ""} ${step?.fingerprint ?? ""}`;
    return [{ key, attempt, at, step }];
  });
}

function newGroup({ attempt, step, at }: Failure, document: JobDocument): Kept {
  const { error } = attempt;
  return {
    error: error && {
      class: error.class,
      message: messagePattern(error.message),
      fingerprint: error.fingerprint,
    },
    step,
    times: [],
    classes: new Map(),
    jobs: 0,
    handled: 0,
    afterAnother: 0,
    completed: 0,
    example: exampleOf(document, attempt),
    exampleAt: at,
  };
}

/** `own`: what this job adds to the group, oldest first. */
function addTo(group: Kept, own: readonly Failure[], document: JobDocument): void {
  const { job, attempts } = document;
  group.jobs++;
  group.classes.set(job.class, (group.classes.get(job.class) ?? 0) + 1);
  for (const { at, attempt } of own) {
    group.times.push(at);
    if (attempt.handled !== null) group.handled++;
    if (at > group.exampleAt || (at === group.exampleAt && job.jid < group.example.jid)) {
      group.exampleAt = at;
      group.example = exampleOf(document, attempt);
    }
  }
  if (own.some(({ attempt }) => comesAfterAnother(attempt, attempts))) group.afterAnother++;
  const last = attempts.at(-1);
  if (last?.state === "completed" && last.error === null) group.completed++;
}

function comesAfterAnother({ number, error }: Attempt, attempts: readonly Attempt[]): boolean {
  return attempts.some(
    (before) =>
      before.number < number &&
      hasFailed(before) &&
      before.error?.fingerprint !== error?.fingerprint,
  );
}

function exampleOf({ job, attempts }: JobDocument, { number }: Attempt): FailureGroup["example"] {
  return { jid: job.jid, attempt: number, attempts: attempts.length };
}

/** The key decides between equals. */
function largestFirst([keyA, a]: [string, Kept], [keyB, b]: [string, Kept]): number {
  return b.jobs - a.jobs || b.times.length - a.times.length || (keyA < keyB ? -1 : 1);
}

function groupDocument(group: Kept, recordedTo: UnixNano | undefined): FailureGroup {
  const times = group.times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const first = times[0] ?? group.exampleAt;
  const last = times.at(-1) ?? group.exampleAt;
  return {
    error: group.error,
    step: group.step,
    jobs: group.jobs,
    attempts: times.length,
    handled: group.handled,
    classes: [...group.classes]
      .map(([name, jobs]) => ({ class: name, jobs }))
      .sort((a, b) => b.jobs - a.jobs || ((a.class ?? "") < (b.class ?? "") ? -1 : 1)),
    first_at: formatInstant(first),
    last_at: formatInstant(last),
    then_none: hasStopped(times, recordedTo),
    jobs_after_another_error: group.afterAnother,
    jobs_completed: group.completed,
    example: group.example,
  };
}

/** Of a single failure nothing says how often it was to be expected. */
function hasStopped(times: readonly UnixNano[], recordedTo: UnixNano | undefined): boolean {
  const last = times.at(-1);
  if (recordedTo === undefined || last === undefined || times.length < 2) return false;
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const longest = pauses.reduce((most, pause) => (pause > most ? pause : most), 0n);
  return recordedTo - last > longest;
}
