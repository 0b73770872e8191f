/**
 * Where a list of steps repeats itself: runs of one, and blocks of a few.
 *
 * Siblings only: the members of a run have the same parent, or parents that stand in the same run at the same place, so
 * that a step with its children repeats as a block.
 */

/** What decides whether two steps are alike. */
export interface RepeatKey {
  /** Equal for alike steps; undefined: never part of a run. */
  readonly key: string | undefined;
  readonly parent: string | null;
  /** Index of the parent in the same list; -1: not in it. */
  readonly parentAt: number;
  /** So many have to be alike before they are a run. */
  readonly countMin: number;
}

export interface Repeat {
  /** Index of its first step. */
  readonly from: number;
  /** Steps in one block. */
  readonly period: number;
  readonly count: number;
}

/** Longer blocks are programs, not repetitions. */
const PERIOD_MAX = 5;

/** In order, apart from each other. Each place is looked at a bounded number of times, so a long list takes long in proportion. */
export function repeatsIn(keys: readonly RepeatKey[]): readonly Repeat[] {
  const found: Repeat[] = [];
  let at = 0;
  while (at < keys.length) {
    const repeat = repeatAt(keys, at);
    if (repeat === undefined) at++;
    else {
      found.push(repeat);
      at += repeat.period * repeat.count;
    }
  }
  return found;
}

/** The longest period first; a block that itself repeats is the shorter one's. */
function repeatAt(keys: readonly RepeatKey[], from: number): Repeat | undefined {
  for (let period = PERIOD_MAX; period > 0; period--) {
    const count = countAt(keys, from, period);
    if (count < countMin(keys, from, period) || isOfShorterPeriod(keys, from, period)) continue;
    return { from, period, count };
  }
  return undefined;
}

function countMin(keys: readonly RepeatKey[], from: number, period: number): number {
  let most = 2;
  for (let at = from; at < from + period; at++) most = Math.max(most, keys[at]?.countMin ?? 2);
  return most;
}

function countAt(keys: readonly RepeatKey[], from: number, period: number): number {
  for (let at = from; at < from + period; at++) if (keys[at]?.key === undefined) return 0;
  let count = 1;
  for (;;) {
    const block = from + (count - 1) * period;
    for (let at = block; at < block + period; at++)
      if (!isRepeated(keys, at, at + period, from)) return count;
    count++;
  }
}

function isRepeated(
  keys: readonly RepeatKey[],
  at: number,
  next: number,
  blockFrom: number,
): boolean {
  const one = keys[at];
  const other = keys[next];
  if (one === undefined || other === undefined || one.key !== other.key) return false;
  return one.parentAt >= blockFrom
    ? other.parentAt - one.parentAt === next - at
    : one.parent === other.parent;
}

function isOfShorterPeriod(keys: readonly RepeatKey[], from: number, period: number): boolean {
  for (let shorter = 1; shorter < period; shorter++) {
    if (period % shorter !== 0) continue;
    let same = true;
    for (let at = from; same && at < from + period - shorter; at++)
      same = isRepeated(keys, at, at + shorter, from);
    if (same) return true;
  }
  return false;
}
