/**
 * Which segments go: a function of what is in the store and what the clock says, nothing else.
 *
 * Always the oldest ones, so that what stays is one stretch of the log, and never the newest segment, which a writer
 * goes on with. The steps that carry it out are in retention.ts.
 */
import type { DurationNano, UnixNano } from "../model/time.js";
import type { Lsn } from "./job-store.js";

/** undefined: no limit. */
export interface RetentionLimits {
  readonly ageMax: DurationNano | undefined;
  /** Of the whole store on disk, indexes included. */
  readonly bytesMax: number | undefined;
}

/** A closed segment. */
export interface SegmentFacts {
  readonly firstLsn: Lsn;
  /** Where the next segment begins. */
  readonly endLsn: Lsn;
  /** Of all its files. */
  readonly bytes: number;
  readonly spanCount: number;
  /** The earliest and the latest time of receipt in it, else when it was begun; undefined: it was never written to. */
  readonly oldest: UnixNano | undefined;
  readonly newest: UnixNano | undefined;
}

export interface RetentionState {
  /** Oldest first, without a gap; may end before the newest. */
  readonly closed: readonly SegmentFacts[];
  readonly totalBytes: number;
  /** Time of receipt of the newest record in the store. */
  readonly newest: UnixNano | undefined;
  readonly now: UnixNano;
  /** An exporter has not sent what stands from here on. */
  readonly neededFrom: Lsn | undefined;
}

export interface Drop {
  readonly segment: SegmentFacts;
  readonly why: "age" | "size";
}

/** `agedMax`: at most this many go because of their age. */
export function segmentsToDrop(
  state: RetentionState,
  limits: RetentionLimits,
  agedMax: number,
): readonly Drop[] {
  const drops: Drop[] = [];
  let bytes = state.totalBytes;
  let aged = 0;
  for (const segment of state.closed) {
    const goesByAge = aged < agedMax && isOld(segment, state, limits) && !isNeeded(segment, state);
    const goesBySize = limits.bytesMax !== undefined && bytes > limits.bytesMax;
    if (!goesByAge && !goesBySize) break;
    if (goesByAge) aged++;
    drops.push({ segment, why: goesByAge ? "age" : "size" });
    bytes -= segment.bytes;
  }
  return drops;
}

/**
 * A clock that jumped forward must not empty the store, so two have to agree: the clock, and the newest record there
 * is. After a jump back nothing is old.
 */
function isOld(
  segment: SegmentFacts,
  { now, newest }: RetentionState,
  { ageMax }: RetentionLimits,
): boolean {
  if (ageMax === undefined || newest === undefined) return false;
  const reference = now < newest ? now : newest;
  // What was never written to holds nothing to lose, and nothing that tells an age.
  return segment.newest === undefined || reference - segment.newest > ageMax;
}

function isNeeded({ endLsn }: SegmentFacts, { neededFrom }: RetentionState): boolean {
  return neededFrom !== undefined && neededFrom < endLsn;
}
