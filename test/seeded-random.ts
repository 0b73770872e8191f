/** Random choices that are the same again for the same seed. */

export interface SeededRandom {
  /** From 0, less than 1. */
  next(): number;
  /** A whole number from 0, less than `end`. */
  below(end: number): number;
  pick<Item>(items: readonly Item[]): Item;
  bytes(count: number): Buffer;
}

/** mulberry32: small, and good enough to choose test cases. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("cannot pick from nothing");
      return item;
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}
