/** How many lengths of time lie in which half-decade: 1 ms, 3.16 ms, 10 ms, 31.6 ms and so on. Fixed, so that two days compare. */
import type { Ns } from "../document-units.js";
import type { Bucket } from "./stats-document.js";

/** Nanoseconds: 1 ms to 28 hours. What is longer has a bucket of its own. */
const BOUNDS: readonly Ns[] = Array.from({ length: 17 }, (_, at) => Math.round(10 ** (6 + at / 2)));

export interface HalfDecades {
  add(length: Ns): void;
  buckets(): readonly Bucket[];
}

export function createHalfDecades(): HalfDecades {
  const counts = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  return {
    add(length) {
      const at = BOUNDS.findIndex((bound) => length <= bound);
      const bucket = at === -1 ? BOUNDS.length : at;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
    buckets: () => counts.map((jobs, at) => ({ up_to_ns: BOUNDS[at] ?? null, jobs })),
  };
}
