/** Stretches of time and what they cover together, so that work done at the same time is counted once. */
import type { Ns } from "./document-units.js";

/** From, and to where it no longer is. */
export type Interval = readonly [from: Ns, to: Ns];

/** The stretches that `intervals` cover, apart from each other and in order. One that ends before it begins covers none. */
export function unionOf(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals.filter(([from, to]) => to >= from).sort((a, b) => a[0] - b[0]);
  const union: [Ns, Ns][] = [];
  for (const [from, to] of sorted) {
    const last = union.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else union.push([from, to]);
  }
  return union;
}

export function unionLength(intervals: readonly Interval[]): Ns {
  return unionOf(intervals).reduce((sum, [from, to]) => sum + to - from, 0);
}
