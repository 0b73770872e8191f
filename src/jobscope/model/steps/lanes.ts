/** Siblings that run at the same time get lanes, so that a reader sees which steps were parallel. */
import type { Span } from "../span.js";
import { NANOS_PER_MS } from "../time.js";

/** Clocks and bookkeeping make neighbours touch; only a longer overlap is work at the same time. */
const OVERLAP_MIN = NANOS_PER_MS;

/** `spans`: in time order. Lane 0 unless it overlaps an earlier sibling. */
export function lanesOf(spans: readonly Span[]): ReadonlyMap<Span, number> {
  const lanes = new Map<Span, number>();
  /** By parent: when each lane is free again. */
  const busy = new Map<string, bigint[]>();
  for (const span of spans) {
    const key = span.traceId + (span.parentSpanId ?? "");
    const ends = busy.get(key) ?? [];
    busy.set(key, ends);
    const free = ends.findIndex((end) => end - span.start <= OVERLAP_MIN);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = span.end;
    lanes.set(span, lane);
  }
  return lanes;
}
