/** Counts of jobs: by state, and how long they took and waited. */
import type { Ns } from "../document-units.js";
import type { JobState } from "../job-document.js";
import { createDistribution, type Distribution } from "../percentile.js";
import type { States, Times } from "./stats-document.js";

/** What is counted of a job. */
export interface CountedJob {
  readonly class: string | null;
  readonly state: JobState;
  readonly attempts: number;
  readonly interruptions: number;
  readonly duration_ns: Ns | null;
  readonly wait_ns: Ns | null;
}

export interface JobTally {
  add(job: CountedJob): void;
  readonly jobs: number;
  readonly attempts: number;
  readonly interruptions: number;
  states(): States;
  took(): Times;
  waited(): Times;
}

export function createJobTally(): JobTally {
  const states = { queued: 0, running: 0, completed: 0, failed: 0, orphaned: 0 };
  const took = createDistribution();
  const waited = createDistribution();
  let jobs = 0;
  let attempts = 0;
  let interruptions = 0;
  return {
    add(job) {
      jobs++;
      attempts += job.attempts;
      interruptions += job.interruptions;
      states[job.state]++;
      addTo(took, job.duration_ns);
      addTo(waited, job.wait_ns);
    },
    get jobs() {
      return jobs;
    },
    get attempts() {
      return attempts;
    },
    get interruptions() {
      return interruptions;
    },
    states: () => ({ ...states }),
    took: () => timesOf(took),
    waited: () => timesOf(waited),
  };
}

/** A negative one, which only wrong clocks make, says nothing. */
function addTo(distribution: Distribution, length: Ns | null): void {
  if (length !== null && length >= 0) distribution.add(length);
}

function timesOf(distribution: Distribution): Times {
  return {
    jobs: distribution.count,
    exact: distribution.isExact,
    p50_ns: distribution.percentile(0.5),
    p95_ns: distribution.percentile(0.95),
    max_ns: distribution.max(),
  };
}
