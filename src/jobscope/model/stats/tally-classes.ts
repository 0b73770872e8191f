/** Jobs by class, in bounded memory. */
import { createDistribution, type Distribution } from "../percentile.js";
import type { ClassStats } from "./stats-document.js";
import { type CountedJob, createJobTally, type JobTally } from "./tally-jobs.js";

/** Jobs of more classes than these, in the order they come, are only counted. */
export const CLASSES_MAX = 1000;

export interface ClassTallies {
  add(job: CountedJob): void;
  /** How many jobs of a class were read; undefined: the class is not kept. */
  read(jobClass: string | null): number | undefined;
  addStatements(jobClass: string | null, count: number): void;
  /** Jobs of classes that are not kept. */
  readonly others: number;
  classes(): readonly ClassStats[];
}

interface Kept {
  readonly tally: JobTally;
  readonly db: Distribution;
}

export function createClassTallies(classesMax = CLASSES_MAX): ClassTallies {
  const kept = new Map<string | null, Kept>();
  let others = 0;
  return {
    add(job) {
      let own = kept.get(job.class);
      if (own === undefined && kept.size < classesMax) {
        own = { tally: createJobTally(), db: createDistribution() };
        kept.set(job.class, own);
      }
      if (own === undefined) others++;
      else own.tally.add(job);
    },
    read: (jobClass) => kept.get(jobClass)?.db.count,
    addStatements(jobClass, count) {
      kept.get(jobClass)?.db.add(count);
    },
    get others() {
      return others;
    },
    classes: () => [...kept].map(([name, own]) => classStats(name, own)).sort(mostJobsFirst),
  };
}

function classStats(name: string | null, { tally, db }: Kept): ClassStats {
  return {
    class: name,
    jobs: tally.jobs,
    attempts: tally.attempts,
    states: tally.states(),
    interruptions: tally.interruptions,
    took: tally.took(),
    waited: tally.waited(),
    db: { jobs: db.count, p50: db.percentile(0.5), max: db.max() },
  };
}

function mostJobsFirst(a: ClassStats, b: ClassStats): number {
  return b.jobs - a.jobs || ((a.class ?? "") < (b.class ?? "") ? -1 : 1);
}
