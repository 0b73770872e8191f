/** Random numbers that are the same for the same seed, so that a failed case can be made again from its number. */

export interface Random {
  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  /** @throws RangeError for an empty list. */
  pick<Item>(items: readonly Item[]): Item;
  bytes(length: number): Buffer;
}

/** mulberry32, started from a mix of the numbers, so that neighbouring cases have nothing in common. */
export function seededRandom(...numbers: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const number of numbers) state = scramble(state ^ scramble((number + 0x6d2b79f5) | 0)) | 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    return Math.floor((scramble(state) / 4_294_967_296) * limit);
  };
  return {
    below,
    once: (times) => below(times) === 0,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("cannot pick from an empty list");
      return item;
    },
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => below(256))),
  };
}

/** 0 to below 2^32. */
function scramble(number: number): number {
  let t = Math.imul(number ^ (number >>> 15), 1 | number);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (t ^ (t >>> 14)) >>> 0;
}
