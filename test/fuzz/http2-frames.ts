/**
 * HTTP/2 frames written by hand, so that they can be wrong, and as much of a reader as is needed to see how a call
 * ended. Formats: RFC 9113, section 4; RFC 7541 for header blocks.
 */

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** SETTINGS_HEADER_TABLE_SIZE = 0: the server then writes every header out, and no state is needed to read it. */
export const OUR_SETTINGS = rawFrame(FRAME.settings, 0, 0, Buffer.from("000100000000", "hex"));

/** `length`: told instead of the real one. */
export function rawFrame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head.writeUInt8(type & 0xff, 3);
  head.writeUInt8(flags & 0xff, 4);
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** Each as a literal without indexing and without Huffman coding. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    headers.flatMap(([name, value]) => [Buffer.of(0), hpackText(name), hpackText(value)]),
  );
}

/** A length of seven bits, continued in groups of seven, and the text. */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length < 0x7f) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [0x7f];
  let rest = bytes.length - 0x7f;
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Whole frames; the last one may still be on its way. */
export function parseFrames(bytes: Buffer): readonly SeenFrame[] {
  const frames: SeenFrame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5);
    const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    frames.push({ type, flags, stream, payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
}

/** `grpc-status` as the server's library writes it: Huffman coded (RFC 7541, appendix B), length first. */
const GRPC_STATUS_NAME = Buffer.from(
  huffman([
    ["g", 0x26, 6],
    ["r", 0x2c, 6],
    ["p", 0x2b, 6],
    ["c", 0x04, 5],
    ["-", 0x16, 6],
    ["s", 0x08, 5],
    ["t", 0x09, 5],
    ["a", 0x03, 5],
    ["t", 0x09, 5],
    ["u", 0x2d, 6],
    ["s", 0x08, 5],
  ]),
);

/** undefined: this header block has none. Its value is too short for the library to code it. */
export function grpcStatusOf({ payload }: SeenFrame): number | undefined {
  const at = payload.indexOf(GRPC_STATUS_NAME);
  if (at === -1) return undefined;
  const valueAt = at + GRPC_STATUS_NAME.length;
  const length = payload[valueAt] ?? 0;
  return Number(payload.toString("latin1", valueAt + 1, valueAt + 1 + length));
}

/** Letter, code and bits of each; padded with ones. */
function huffman(letters: readonly (readonly [string, number, number])[]): readonly number[] {
  const bits = letters.map(([, code, length]) => code.toString(2).padStart(length, "0")).join("");
  const bytes = bits.match(/.{1,8}/g) ?? [];
  const coded = bytes.map((byte) => Number.parseInt(byte.padEnd(8, "1"), 2));
  return [0x80 | coded.length, ...coded];
}
