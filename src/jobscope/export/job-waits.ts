/** The times in which a job waited: in a queue before each attempt, and for the next one after an error. */
import type { Instant } from "../model/document-units.js";
import type { Attempt, JobDocument } from "../model/job-document.js";

export interface JobWait {
  readonly kind: "queue" | "backoff";
  readonly title: string;
  readonly from: Instant;
  readonly to: Instant;
  /** The number of the attempt that came after. */
  readonly attempt: number;
  /** 0 unless it overlaps an earlier one: the same job may be in a queue twice. */
  readonly lane: number;
}

/** By rising start. Where the clocks disagree, nothing is known of a wait. */
export function jobWaits({ job, attempts }: JobDocument): readonly JobWait[] {
  const queue = job.queue === null ? "" : ` ${job.queue}`;
  const waits = attempts.flatMap((attempt, at) => {
    const { number, started_at: start } = attempt;
    const pushed = attempt.enqueued_at ?? (at === 0 ? job.enqueued_at : null);
    const before = previousEnd(attempts, at);
    return [
      {
        kind: "backoff",
        title: `waiting for attempt ${number}`,
        from: before,
        to: pushed ?? start,
      },
      { kind: "queue", title: `waiting in queue${queue}`, from: pushed, to: start },
    ].map((wait) => ({ ...wait, attempt: number }));
  });
  const ends: Instant[] = [];
  // Instants have one form, so that their texts are in the order of time.
  return waits
    .filter(
      (wait): wait is typeof wait & { from: Instant } => wait.from !== null && wait.from <= wait.to,
    )
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
    .map((wait) => {
      const free = ends.findIndex((end) => end <= wait.from);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = wait.to;
      return { ...wait, kind: wait.kind === "queue" ? "queue" : "backoff", lane } as const;
    });
}

function previousEnd(attempts: readonly Attempt[], at: number): Instant | null {
  return attempts[at - 1]?.finished_at ?? null;
}
