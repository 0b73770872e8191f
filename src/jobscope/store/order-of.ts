/**
 * The order of many fixed-width entries by their bytes, without an object for each: the engine's own sort of 64-bit
 * numbers does most of it, over the first five bytes of each key with the entry's number behind them, and only entries that
 * share those are compared.
 */

/** The number of an entry takes three bytes. */
export const ENTRIES_MAX = 0x100_0000;

export interface SortKeys {
  /** The first four bytes of each entry's key as one number, and the fifth. */
  readonly heads: Uint32Array;
  readonly fifths: Uint8Array;
  /** Of two entries with the same first five bytes; 0 leaves them in order of their numbers. */
  readonly compare: (a: number, b: number) => number;
}

/** @throws RangeError for more entries than can be numbered. */
export function orderOf({ heads, fifths, compare }: SortKeys): Uint32Array {
  const count = heads.length;
  if (count > ENTRIES_MAX)
    throw new RangeError(`cannot sort ${count} entries: ${ENTRIES_MAX} at most`);
  const packed = new Uint32Array(count * 2);
  for (let entry = 0; entry < count; entry++) {
    // Low half first: that is how a 64-bit number stands in memory here and on every machine Node runs on.
    packed[entry * 2] = (((fifths[entry] ?? 0) << 24) | entry) >>> 0;
    packed[entry * 2 + 1] = heads[entry] ?? 0;
  }
  new BigUint64Array(packed.buffer).sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (packed[i * 2] ?? 0) & 0xff_ffff;
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && hasSameHead(packed, from, to)) to++;
    if (to - from > 1) sortStretch(order, from, to, compare);
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

/** Nearly every stretch is the few rows of one job, for which the engine's sort would be all overhead. */
const INSERTION_MAX = 16;

function sortStretch(
  order: Uint32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): void {
  if (to - from > INSERTION_MAX) {
    order.subarray(from, to).sort((a, b) => compare(a, b) || a - b);
    return;
  }
  for (let at = from + 1; at < to; at++) {
    const entry = order[at] ?? 0;
    let place = at;
    for (; place > from && compare(order[place - 1] ?? 0, entry) > 0; place--)
      order[place] = order[place - 1] ?? 0;
    order[place] = entry;
  }
}
