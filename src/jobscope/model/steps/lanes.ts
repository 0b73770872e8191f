/** Siblings that run at the same time get lanes, so that a reader sees which steps were parallel. */
import type { Span } from "../span.js";
import { NANOS_PER_MS } from "../time.js";
import { createHeap, type Heap } from "./heap.js";

/** Clocks and bookkeeping make neighbours touch; only a longer overlap is work at the same time. */
export const OVERLAP_MIN = NANOS_PER_MS;

interface Lanes {
  readonly busy: Heap<{ readonly lane: number; readonly end: bigint }>;
  readonly free: Heap<number>;
  used: number;
}

/** `spans`: in time order. Lane 0 unless it overlaps an earlier sibling; else the lowest that is free. */
export function lanesOf(
  spans: readonly Span[],
  parentOf: (span: Span) => string | null,
): ReadonlyMap<Span, number> {
  const lanes = new Map<Span, number>();
  const byParent = new Map<string | null, Lanes>();
  for (const span of spans) {
    const parent = parentOf(span);
    const own = byParent.get(parent) ?? emptyLanes();
    byParent.set(parent, own);
    for (
      let first = own.busy.first();
      first !== undefined && first.end - span.start <= OVERLAP_MIN;
      first = own.busy.first()
    ) {
      own.free.add(first.lane);
      own.busy.take();
    }
    const lane = own.free.take() ?? own.used++;
    own.busy.add({ lane, end: span.end });
    lanes.set(span, lane);
  }
  return lanes;
}

function emptyLanes(): Lanes {
  return {
    busy: createHeap((a, b) => (a.end === b.end ? a.lane < b.lane : a.end < b.end)),
    free: createHeap((a, b) => a < b),
    used: 0,
  };
}
