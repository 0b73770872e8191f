/** Leaves out the steps that were not asked for, and counts them: nothing is dropped in silence. */
import type { Attempt } from "../job-document.js";
import type { Step, StepKind } from "../step-document.js";
import type { Arrangement, StepGroup } from "./arrangement.js";

export interface Kept {
  readonly steps: readonly Step[];
  readonly hidden: Attempt["hidden"];
}

const GROUP: Readonly<Partial<Record<StepKind, StepGroup>>> = {
  db: "db",
  transaction: "db",
  http: "http",
  redis: "redis",
  enqueue: "job",
  log: "log",
  exception: "error",
};

/** The frame of a timeline: without it a reader does not know what an offset counts from. */
const ALWAYS: ReadonlySet<StepKind> = new Set<StepKind>(["started", "finished", "failed", "open"]);

export function keepSteps(
  steps: readonly Step[],
  { only, durationMin }: Pick<Arrangement, "only" | "durationMin">,
): Kept {
  const counts = new Map<StepKind, number>();
  const kept = steps.filter((step) => {
    if (isKept(step, only) && isLongEnough(step, durationMin)) return true;
    counts.set(step.kind, (counts.get(step.kind) ?? 0) + 1);
    return false;
  });
  return { steps: kept, hidden: [...counts].map(([kind, count]) => ({ kind, count })) };
}

function isKept({ kind, status }: Step, only: Arrangement["only"]): boolean {
  if (only === undefined || ALWAYS.has(kind)) return true;
  const group = GROUP[kind];
  return (
    (group !== undefined && only.includes(group)) || (status === "error" && only.includes("error"))
  );
}

/** An error is never too short to be shown, nor is a length that cannot be. */
function isLongEnough({ kind, status, duration_ns: duration }: Step, durationMin: number): boolean {
  return (
    (duration !== null && duration < 0) ||
    ALWAYS.has(kind) ||
    kind === "log" ||
    kind === "exception" ||
    status === "error" ||
    duration === null ||
    duration >= durationMin
  );
}
