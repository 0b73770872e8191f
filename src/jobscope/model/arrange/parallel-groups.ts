/**
 * Which steps ran at the same time: siblings that overlap by more than a millisecond are a group. Gives the sign in
 * front of a line: every line from a group's first member to its last has one, also those of children in between.
 */
import type { Ns } from "../document-units.js";
import type { Step } from "../step-document.js";
import { NANOS_PER_MS } from "../time.js";

export type Gutter = "┌" | "│" | "└";

/** Clocks and bookkeeping make neighbours touch; only a longer overlap is work at the same time. */
const OVERLAP_MIN: Ns = Number(NANOS_PER_MS);

interface Group {
  until: Ns;
  readonly first: number;
  last: number;
}

/** `steps`: in time order. By index; a line outside of groups has none. */
export function guttersOf(steps: readonly Step[]): ReadonlyMap<number, Gutter> {
  const gutters = new Map<number, Gutter>();
  let until = -1;
  for (const { first, last } of groupsOf(steps)) {
    // A group inside another one is drawn as part of it: there is one column.
    if (first <= until) continue;
    until = last;
    for (let at = first; at <= last; at++)
      gutters.set(at, at === first ? "┌" : at === last ? "└" : "│");
  }
  return gutters;
}

/** In order of their first members. */
function groupsOf(steps: readonly Step[]): readonly Group[] {
  const current = new Map<string | null, Group>();
  const groups: Group[] = [];
  for (const [at, step] of steps.entries()) {
    const { parent_id: parent, offset_ns: from, duration_ns: duration, detail } = step;
    if (duration === null || step.kind === "gap") continue;
    const until = detail?.type === "fold" ? detail.until_ns : from + duration;
    const group = current.get(parent);
    if (group !== undefined && Math.min(until, group.until) - from > OVERLAP_MIN) {
      group.until = Math.max(group.until, until);
      group.last = at;
    } else if (group === undefined || until > group.until) {
      const begun = { until, first: at, last: at };
      current.set(parent, begun);
      groups.push(begun);
    }
  }
  return groups.filter(({ first, last }) => last > first);
}
