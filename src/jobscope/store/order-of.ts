/**
 * The order of many fixed-width entries by their bytes, without an object for each: the engine's own sort of 64-bit
 * numbers does most of it, over the first five bytes of each key with the entry's number behind them, and only entries that
 * share those are compared.
 */

/** The number of an entry takes three bytes. */
export const ENTRIES_MAX = 0x100_0000;

export interface SortKeys {
  readonly count: number;
  /** The first four bytes of an entry's key as one number, and the fifth. */
  readonly head: (entry: number) => number;
  readonly fifth: (entry: number) => number;
  /** Of two entries with the same first five bytes; 0 leaves them in order of their numbers. */
  readonly compare: (a: number, b: number) => number;
}

/** @throws RangeError for more entries than can be numbered. */
export function orderOf({ count, head, fifth, compare }: SortKeys): Uint32Array {
  if (count > ENTRIES_MAX)
    throw new RangeError(`cannot sort ${count} entries: ${ENTRIES_MAX} at most`);
  const packed = new Uint32Array(count * 2);
  for (let entry = 0; entry < count; entry++) {
    // Low half first: that is how a 64-bit number stands in memory here and on every machine Node runs on.
    packed[entry * 2] = ((fifth(entry) << 24) | entry) >>> 0;
    packed[entry * 2 + 1] = head(entry);
  }
  new BigUint64Array(packed.buffer).sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (packed[i * 2] ?? 0) & 0xff_ffff;
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && hasSameHead(packed, from, to)) to++;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compare(a, b) || a - b);
    from = to;
  }
  return order;
}

function hasSameHead(packed: Uint32Array, a: number, b: number): boolean {
  return (
    packed[a * 2 + 1] === packed[b * 2 + 1] &&
    (packed[a * 2] ?? 0) >>> 24 === (packed[b * 2] ?? 0) >>> 24
  );
}
