/** Bytes as 32-bit numbers, for the loops over many entries: reading them one call at a time takes most of the time. */

/**
 * The same memory as little-endian numbers, which is what every machine that Node runs on has. `bytes` begin at a multiple
 * of 4 in their memory, as everything the engine allocates does.
 */
export function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The number that the same four bytes are in big-endian order, which sorts as the bytes do. */
export function swapped(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
