/** Where the time of many attempts goes: by step, and the time in which no step was open. */
import { commonTitle } from "../arrange/common-title.js";
import type { Ns } from "../document-units.js";
import { type Interval, unionLength } from "../intervals.js";
import type { Attempt } from "../job-document.js";
import { createDistribution, type Distribution } from "../percentile.js";
import type { Step, StepKind } from "../step-document.js";
import { stepName } from "../step-name.js";
import type { StepTimes, TimeTable } from "./stats-document.js";

/** More kinds of step, in the order they come, are only added up. */
export const STEPS_MAX = 500;

/** The beginning and the end of the job, points in time, and what a view puts in. */
const NO_TIME: ReadonlySet<StepKind> = new Set<StepKind>([
  "started",
  "finished",
  "failed",
  "exception",
  "log",
  "fold",
  "gap",
]);

export interface StepTally {
  /** An attempt without an end is left out: that it took so long is not known. */
  add(attempt: Attempt | undefined): void;
  readonly jobs: number;
  /** `limit`: how many steps are listed. */
  table(limit: number): TimeTable;
}

interface Kept {
  readonly first: Step;
  title: string;
  /** How often the title stayed when one more was looked at. */
  settled: number;
  jobs: number;
  total: Ns;
  readonly times: Distribution;
}

export function createStepTally(stepsMax = STEPS_MAX): StepTally {
  const kept = new Map<string, Kept>();
  const beyond = { keys: new Set<string>(), total: 0 };
  const own = { total: 0, times: createDistribution() };
  let jobs = 0;
  let total = 0;

  function keptOf(step: Step): Kept | undefined {
    const known = kept.get(step.fingerprint);
    if (known !== undefined || kept.size >= stepsMax) return known;
    const times = createDistribution();
    const made = { first: step, title: step.title, settled: 0, jobs: 0, total: 0, times };
    kept.set(step.fingerprint, made);
    return made;
  }

  return {
    add(attempt) {
      const took = attempt?.duration_ns ?? null;
      if (attempt === undefined || took === null || took < 0) return;
      const steps = attempt.steps.filter(({ kind }) => !NO_TIME.has(kind));
      jobs++;
      total += took;
      const ownTime = took - coveredBy(steps, took);
      own.total += ownTime;
      own.times.add(ownTime);
      const inJob = new Set<Kept>();
      const inside = intervalsInside(steps);
      for (const step of steps) {
        const time = ownTimeOf(step, inside.get(step.id) ?? []);
        const row = keptOf(step);
        if (row === undefined) {
          if (beyond.keys.size < stepsMax) beyond.keys.add(step.fingerprint);
          beyond.total += time;
          continue;
        }
        addTo(row, step, time);
        inJob.add(row);
      }
      for (const row of inJob) row.jobs++;
    },
    get jobs() {
      return jobs;
    },
    table(limit) {
      const shareOf = (time: Ns): number | null => (total === 0 ? null : time / total);
      const steps = named([...kept.values()]).map(({ row, name }) => stepTimes(row, name, shareOf));
      const left = steps.sort(mostTimeFirst).splice(limit);
      const omitted = left.reduce((all, each) => all + each.total_ns, beyond.total);
      const sum = steps.reduce((all, each) => all + each.total_ns, own.total + omitted);
      return {
        jobs,
        total_ns: total,
        steps,
        omitted: { steps: beyond.keys.size + left.length, total_ns: omitted },
        own: { total_ns: own.total, share: shareOf(own.total), ...percentilesOf(own.times) },
        overlap_ns: Math.max(0, sum - total),
      };
    },
  };
}

/** Steps may begin before their job and end after it where clocks or exporters are odd. */
function coveredBy(steps: readonly Step[], took: Ns): Ns {
  return coveredWithin(0, took, steps.map(intervalOf));
}

/**
 * A step's time without that of the steps inside it. Not `self_ns`, which leaves out spans that are no steps of their own as
 * well: their time would be nobody's.
 */
function ownTimeOf(step: Step, inside: readonly Interval[]): Ns {
  const [from, to] = intervalOf(step);
  return Math.max(0, to - from - coveredWithin(from, to, inside));
}

/** By the step that they are directly inside of. */
function intervalsInside(steps: readonly Step[]): ReadonlyMap<string, readonly Interval[]> {
  const inside = new Map<string, Interval[]>();
  for (const step of steps) {
    if (step.parent_id === null) continue;
    const known = inside.get(step.parent_id);
    if (known === undefined) inside.set(step.parent_id, [intervalOf(step)]);
    else known.push(intervalOf(step));
  }
  return inside;
}

function intervalOf({ offset_ns: offset, duration_ns: duration }: Step): Interval {
  return [offset, offset + (duration ?? 0)];
}

function coveredWithin(from: Ns, to: Ns, intervals: readonly Interval[]): Ns {
  return unionLength(intervals.map(([a, b]) => [Math.max(from, a), Math.min(to, b)]));
}

/** Titles that differ settle soon; looking at every step of a large job would cost more than all else. */
const SETTLED_MAX = 20;

function addTo(row: Kept, step: Step, time: Ns): void {
  row.total += time;
  row.times.add(time);
  if (row.settled >= SETTLED_MAX || step.title === row.first.title) return;
  const title = commonTitle([{ ...row.first, title: row.title }, step]);
  row.settled = title === row.title ? row.settled + 1 : 0;
  row.title = title;
}

/** Two statements on one table have one name: then their titles tell them apart. */
function named(rows: readonly Kept[]): readonly { readonly row: Kept; readonly name: string }[] {
  const names = rows.map((row) => {
    const name = stepName(row.first);
    return { row, name: name === row.first.title ? row.title : name };
  });
  const counts = new Map<string, number>();
  for (const { name } of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map(({ row, name }) => ({ row, name: counts.get(name) === 1 ? name : row.title }));
}

function stepTimes(
  { first, jobs, total, times }: Kept,
  name: string,
  shareOf: (time: Ns) => number | null,
): StepTimes {
  return {
    fingerprint: first.fingerprint,
    kind: first.kind,
    name,
    count: times.count,
    jobs,
    total_ns: total,
    share: shareOf(total),
    ...percentilesOf(times),
  };
}

function percentilesOf(times: Distribution): Pick<StepTimes, "p50_ns" | "p95_ns" | "exact"> {
  return {
    p50_ns: times.percentile(0.5),
    p95_ns: times.percentile(0.95),
    exact: times.isExact,
  };
}

function mostTimeFirst(a: StepTimes, b: StepTimes): number {
  return b.total_ns - a.total_ns || (a.fingerprint < b.fingerprint ? -1 : 1);
}
