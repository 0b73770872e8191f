/** Bytes that are gathered piece by piece in memory that is used again, so that gathering leaves nothing to collect. */
export interface GrowingBuffer {
  bytes: Buffer;
  /** Bytes in use. */
  length: number;
}

export function createGrowingBuffer(capacity: number): GrowingBuffer {
  return { bytes: Buffer.allocUnsafeSlow(capacity), length: 0 };
}

/** Makes room for `count` bytes more and returns where they stand; what they hold is undefined. */
export function extend(buffer: GrowingBuffer, count: number): number {
  const at = buffer.length;
  const length = at + count;
  if (length > buffer.bytes.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, buffer.bytes.length * 2));
    buffer.bytes.copy(grown, 0, 0, at);
    buffer.bytes = grown;
  }
  buffer.length = length;
  return at;
}

/** A view of what was gathered, good until the buffer is extended or emptied. */
export function gathered(buffer: GrowingBuffer): Buffer {
  return buffer.bytes.subarray(0, buffer.length);
}
