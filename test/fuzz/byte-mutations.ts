/** Damage that knows nothing of what the bytes mean. */
import type { Random } from "./seeded-random.js";

/** Bytes that mean something to protobuf or to text: ends of ranges, sign bits, brackets. */
const TELLING_BYTES = [0x00, 0x01, 0x07, 0x08, 0x0a, 0x12, 0x22, 0x7f, 0x80, 0xff];
const STRETCH_BYTES_MAX = 24;

/** `other`: bytes to splice with. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let times = 1 + random.below(3); times > 0; times--) {
    changed = mutateOnce(changed, other, random);
  }
  return changed;
}

function mutateOnce(bytes: Buffer, other: Uint8Array, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(STRETCH_BYTES_MAX);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (random.below(9)) {
    case 0:
    case 1:
      return withByte(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 2:
      return withByte(bytes, at, () => random.pick(TELLING_BYTES));
    case 3:
      return withByte(bytes, at, (byte) => byte + random.below(9) - 4);
    case 4:
      return Buffer.from(before);
    case 5:
      return Buffer.concat([before, bytes.subarray(at + length)]);
    case 6:
      return Buffer.concat([before, bytes.subarray(at, at + length), after]);
    case 7:
      return Buffer.concat([before, random.bytes(random.below(STRETCH_BYTES_MAX)), after]);
    default:
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))]);
  }
}

function withByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  if (at < bytes.length) bytes.writeUInt8(change(bytes[at] ?? 0) & 0xff, at);
  return bytes;
}
