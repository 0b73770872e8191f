/** HTTP/2 frames as no client sends them. */
import { mutateBytes } from "./byte-mutations.js";
import { END_HEADERS, END_STREAM, FRAME, headerBlock, rawFrame } from "./http2-frames.js";
import type { Random } from "./seeded-random.js";

/** More than a server lets pass from one client. */
const RESETS_MANY = 300;

/** `frames`: preface first. */
export function breakFrames(frames: readonly Buffer[], random: Random): readonly Buffer[] {
  const at = random.below(frames.length + 1);
  switch (random.below(8)) {
    case 0:
    case 1:
      return frames.toSpliced(at, 0, oddFrame(random));
    case 2:
      return frames.toSpliced(at, 1);
    case 3: {
      const frame = random.pick(frames);
      return frames.toSpliced(at, 0, frame);
    }
    case 4: {
      const bytes = Buffer.concat(frames);
      return [bytes.subarray(0, random.below(bytes.length))];
    }
    case 5:
      return frames.toSpliced(at, 0, random.bytes(random.below(60)));
    case 6: {
      const place = random.below(frames.length);
      const frame = frames[place] ?? Buffer.alloc(0);
      return frames.with(place, mutateBytes(frame, random.pick(frames), random));
    }
    default:
      // Behind its preface and settings the connection is one that the server takes for good.
      return [...frames.slice(0, 2), ...flood(random)];
  }
}

function oddFrame(random: Random): Buffer {
  const stream = random.pick([0, 1, 1, 2, 3, 101, 2 ** 31 - 1, 2 ** 31]);
  const type = random.pick([...Object.values(FRAME), 10, 0xff]);
  const flags = random.pick([0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, 0xff]);
  const payload = random.bytes(random.pick([0, 1, 4, 5, 6, 8, 9, 40]));
  const lengths = [payload.length, payload.length, payload.length + 1, 16_384, 16_385, 0xffffff];
  switch (random.below(6)) {
    case 0:
      return rawFrame(FRAME.windowUpdate, 0, stream, random.pick(INCREMENTS));
    case 1:
      return rawFrame(FRAME.settings, random.pick([0, 1]), 0, oddSettings(random));
    case 2:
      return rawFrame(FRAME.resetStream, 0, stream, random.bytes(4));
    case 3:
      return rawFrame(FRAME.headers, flags, stream, oddHeaders(random));
    default:
      return rawFrame(type, flags, stream, payload, random.pick(lengths));
  }
}

/** None, one, and more than a window may hold. */
const INCREMENTS = ["00000000", "00000001", "7fffffff", "ffffffff"].map((hex) =>
  Buffer.from(hex, "hex"),
);

function oddSettings(random: Random): Buffer {
  const settings = Array.from({ length: random.below(4) }, () => {
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(random.pick([1, 2, 3, 4, 5, 6, 8, 99]));
    setting.writeUInt32BE(random.pick([0, 1, 16_384, 2 ** 24, 2 ** 31, 2 ** 32 - 1]), 2);
    return setting;
  });
  return Buffer.concat([...settings, random.once(4) ? Buffer.of(0) : Buffer.alloc(0)]);
}

function oddHeaders(random: Random): Buffer {
  return random.pick([
    Buffer.alloc(0),
    random.bytes(20),
    Buffer.of(0x80),
    Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    Buffer.of(0x3f, 0xff, 0xff, 0xff, 0x7f),
    headerBlock([["x", "y"]]),
    headerBlock([[":method", "POST"]]),
    headerBlock([
      ["x", "y"],
      [":method", "POST"],
      [":path", "/"],
    ]),
    headerBlock([
      [":method", "POST"],
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/"],
    ]),
    headerBlock([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/"],
      ["X-Upper", "y"],
      ["connection", "close"],
      ["x", "a\r\nb"],
    ]),
  ]);
}

function flood(random: Random): readonly Buffer[] {
  const count = 1 + random.below(RESETS_MANY);
  const headers = headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/"],
    ["content-type", "application/grpc"],
  ]);
  const each: (at: number) => Buffer = random.pick([
    (at: number) =>
      Buffer.concat([
        rawFrame(FRAME.headers, END_HEADERS, 2 * at + 1, headers),
        rawFrame(FRAME.resetStream, 0, 2 * at + 1, Buffer.alloc(4)),
      ]),
    () => rawFrame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    () => rawFrame(FRAME.settings, 0, 0, Buffer.alloc(0)),
    (at: number) => rawFrame(FRAME.headers, END_HEADERS, 2 * at + 1, headers),
    (at: number) =>
      rawFrame(
        at === 0 ? FRAME.headers : FRAME.continuation,
        0,
        1,
        at === 0 ? headers : Buffer.of(),
      ),
    () => rawFrame(FRAME.data, 0, 1, Buffer.alloc(0)),
    () => rawFrame(FRAME.priority, 0, 1, Buffer.alloc(5)),
  ]);
  return Array.from({ length: count }, (_, at) => each(at));
}
