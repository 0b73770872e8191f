/**
 * A blocked Bloom filter: whether a segment may hold an id, told by one read of 64 bytes. It says yes to every id that
 * was added and to about one other in a hundred (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom
 * Filters", 2007).
 */
export const BLOOM_BLOCK_BYTES = 64;

const BITS_PER_ID = 12;
const BITS_PER_BLOCK = BLOOM_BLOCK_BYTES * 8;
const PROBES = 6;

export interface IdHash {
  readonly block: number;
  readonly bits: number;
}

/** Bytes of a filter for so many ids; 0 for none. */
export function bloomBytes(idCount: number): number {
  return Math.ceil((idCount * BITS_PER_ID) / BITS_PER_BLOCK) * BLOOM_BLOCK_BYTES;
}

export function addToBloom(bloom: Uint8Array, id: Uint8Array, at: number, length: number): void {
  const hash = hashOf(id, at, length);
  const begin = bloomBlock(hash, bloom.length);
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitOf(hash, probe);
    bloom[begin + (bit >>> 3)] = (bloom[begin + (bit >>> 3)] ?? 0) | (1 << (bit & 7));
  }
}

/** Where the block of this id begins in a filter of so many bytes. */
export function bloomBlock({ block }: IdHash, length: number): number {
  return (block % (length / BLOOM_BLOCK_BYTES)) * BLOOM_BLOCK_BYTES;
}

/** `block`: the bytes at {@link bloomBlock}. */
export function mayHold(block: Uint8Array, hash: IdHash): boolean {
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitOf(hash, probe);
    if (((block[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

export function hashOf(id: Uint8Array, at = 0, length: number = id.length): IdHash {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = at; i < at + length; i++) {
    const byte = id[i] ?? 0;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b) + ((b << 5) | (b >>> 27));
  }
  return { block: mixed(a), bits: mixed(b) };
}

/** The last step of MurmurHash3: every bit of the input moves every bit of the output. */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Probes are two hashes combined, the usual way to have many out of few. */
function bitOf({ block, bits }: IdHash, probe: number): number {
  const step = (bits >>> 9) | 1;
  return (bits + probe * step + (block >>> 23)) & (BITS_PER_BLOCK - 1);
}
