/** Finds which of a few wanted attribute keys stands at a place, comparing bytes and making no string. */

export interface KeyMatcher {
  /** 0 at every length below 128 that no wanted key has: asking there is quicker than `match`. */
  readonly lengths: Uint8Array;
  /** Index into the wanted keys, or -1. */
  match(bytes: Uint8Array, at: number, length: number): number;
}

/** A power of two, large enough that most keys nobody wants meet an empty bucket. */
const BUCKETS = 1024;

/**
 * A key is hashed by its length and a few of its bytes; whatever shares the bucket of a wanted key is compared with it.
 *
 * `wantedKeys`: distinct, at most 65,535.
 */
export function createKeyMatcher(wantedKeys: readonly string[]): KeyMatcher {
  const keys = wantedKeys.map((text) => Buffer.from(text));
  const lengths = Uint32Array.from(keys, ({ length }) => length);
  const offsets = offsetsOf(lengths);
  const allKeys = Buffer.concat(keys);
  /** The number of a bucket's first key, counted from 1; 0 when it is empty. Then from key to key. */
  const firsts = new Uint16Array(BUCKETS);
  const nexts = new Uint16Array(keys.length + 1);
  for (const [index, key] of keys.entries()) {
    if (key.length === 0) continue;
    const bucket = bucketOf(key, 0, key.length);
    nexts[index + 1] = firsts[bucket] ?? 0;
    firsts[bucket] = index + 1;
  }

  const known = new Uint8Array(128);
  for (const length of lengths) if (length < known.length) known[length] = 1;
  return {
    lengths: known,
    match(bytes, at, length) {
      if (length === 0) return wantedKeys.indexOf("");
      for (let key = firsts[bucketOf(bytes, at, length)] ?? 0; key !== 0; key = nexts[key] ?? 0) {
        if (lengths[key - 1] !== length) continue;
        const offset = offsets[key - 1] ?? 0;
        // Keys of one family share their beginning, so the end tells them apart sooner.
        let i = length - 1;
        while (i >= 0 && bytes[at + i] === allKeys[offset + i]) i--;
        if (i < 0) return key - 1;
      }
      return -1;
    },
  };
}

/** Of at least one byte: families of keys differ in their length, their end and somewhere in the middle. */
function bucketOf(bytes: Uint8Array, at: number, length: number): number {
  const last = bytes[at + length - 1] ?? 0;
  const middle = bytes[at + (length >>> 1)] ?? 0;
  const late = bytes[at + ((length * 3) >>> 2)] ?? 0;
  return (length * 37 + last * 5 + middle * 17 + late * 29) & (BUCKETS - 1);
}

function offsetsOf(lengths: Uint32Array): Uint32Array {
  const offsets = new Uint32Array(lengths.length);
  let offset = 0;
  for (const [row, length] of lengths.entries()) {
    offsets[row] = offset;
    offset += length;
  }
  return offsets;
}
