/** OTLP/gRPC over a raw socket: calls of every kind on one connection, and frames that are broken. */
import { gunzipSync, gzipSync } from "node:zlib";
import { TRACE_EXPORT } from "../receiver/test-receiver.js";
import { breakFrames } from "./grpc-framing.js";
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  grpcStatusOf,
  headerBlock,
  OUR_SETTINGS,
  PADDED,
  parseFrames,
  PREFACE,
  rawFrame,
  type SeenFrame,
} from "./http2-frames.js";
import { type Fate, fateOf, markedBody, markerOf, REFUSED } from "./marked-body.js";
import { poolPerBlock } from "./protobuf-target.js";
import { inPieces } from "./raw-talk.js";
import { type Random, seededRandom } from "./seeded-random.js";
import type { Answer, SentRequest, SocketCase, SocketTarget } from "./socket-case.js";

/** OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE. */
const UNAVAILABLE = 14;
const STATUSES = [0, 3, 4, 8, 12, 13, UNAVAILABLE];

/** Four fit into the window that a server gives at first, and each into one frame. */
const BODY_BYTES_MAX = 12_000;
const NO_BYTES = Buffer.alloc(0);

/** Headers that are odd, and what they do to a call that would be taken. */
const ODD_HEADERS: readonly (readonly [string, string, SentRequest["fate"]])[] = [
  ["content-type", "application/grpc+proto", "either"],
  ["content-type", "application/json", REFUSED],
  ["content-type", "", REFUSED],
  [":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Nothing", REFUSED],
  [":path", "/", REFUSED],
  [":path", "x", REFUSED],
  // grpc-js does not look at the method.
  [":method", "GET", "either"],
  [":scheme", "https", "either"],
  ["te", "", "either"],
  ["te", "gzip", "either"],
  ["grpc-timeout", "1m", "either"],
  ["grpc-timeout", "99999999H", "either"],
  ["grpc-timeout", "abc", "either"],
  ["grpc-timeout", "999999999S", "either"],
  ["grpc-accept-encoding", "x,,y", "either"],
  ["grpc-status", "0", "either"],
  ["x-bin", "%%%", "either"],
  ["x-long", "x".repeat(9_000), "either"],
  ["user-agent", "\u001b[2J", "either"],
];

export function createGrpcTarget(seed: number): SocketTarget {
  const poolOf = poolPerBlock(seed);
  return {
    name: "grpc",
    make(caseNumber, round) {
      const random = seededRandom(seed, 4, caseNumber);
      const calls = Array.from({ length: random.pick([1, 1, 2, 4]) }, (_, index) => {
        const marker = markerOf(seed, round, caseNumber, index);
        const pool = poolOf(caseNumber);
        const body = markedBody(marker, pool, random);
        const bytes = body.bytes.length > BODY_BYTES_MAX ? NO_BYTES : body.bytes;
        return makeCall(marker, bytes, 2 * index + 1, random);
      });
      return makeCase(calls, random);
    },
    isAnswered: (received, { requests, isFramed }) =>
      isFramed ? requests.every((_, at) => endOf(received, at) !== undefined) : hasHungUp(received),
    answersOf: (received, made) => made.requests.map((_, at) => endOf(received, at)),
    hadNoRoom: (received) => parseFrames(received).some((frame) => statusIn(frame) === UNAVAILABLE),
    whatIsWrong,
  };
}

interface Call extends SentRequest {
  readonly frames: readonly Buffer[];
}

function makeCase(calls: readonly Call[], random: Random): SocketCase {
  const requests = calls.map(({ marker, fate }) => ({ marker, fate }));
  const frames = [PREFACE, OUR_SETTINGS, ...calls.flatMap((call) => call.frames)];
  if (!random.once(2)) {
    const script = { chunks: inPieces(Buffer.concat(frames), random), ending: "wait" } as const;
    return { script, requests, isFramed: true };
  }
  const broken = Buffer.concat(breakFrames(frames, random));
  const ending = random.pick(["half_close", "half_close", "close", "reset"] as const);
  return { script: { chunks: inPieces(broken, random), ending }, requests, isFramed: false };
}

function makeCall(marker: Buffer, body: Buffer, stream: number, random: Random): Call {
  const { encoding, message, fate } = makeMessage(body, random);
  const headers = new Map([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", TRACE_EXPORT],
    [":authority", "127.0.0.1"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);
  if (encoding !== "") headers.set("grpc-encoding", encoding);
  let finalFate: SentRequest["fate"] = fate;
  if (random.once(6)) {
    const [name, value, odd] = random.pick(ODD_HEADERS);
    headers.set(name, value);
    if (odd === REFUSED || (fate !== "either" && fate.kind === "accepted")) finalFate = odd;
  }
  const block = headerBlock([...headers]);
  const head = rawFrame(FRAME.headers, END_HEADERS, stream, block);
  return {
    marker: marker.toString("hex"),
    fate: finalFate,
    frames: [head, ...dataFrames(message, stream, random)],
  };
}

interface Message {
  readonly encoding: string;
  /** With gRPC's prefix of a flag and a length. */
  readonly message: Buffer;
  readonly fate: SentRequest["fate"];
}

function makeMessage(body: Buffer, random: Random): Message {
  const kind = random.below(24);
  const plain = prefixed(0, body);
  const zipped = gzipSync(body);
  if (kind < 8) return { encoding: "", message: plain, fate: fateOf(body, "protobuf") };
  if (kind === 8) return { encoding: "gzip", message: plain, fate: fateOf(body, "protobuf") };
  if (kind < 13) return { encoding: "gzip", message: prefixed(1, zipped), fate: gzipFate(zipped) };
  const refused = (message: Buffer, encoding = ""): Message => ({
    encoding,
    message,
    fate: REFUSED,
  });
  switch (kind) {
    case 13:
      return refused(prefixed(1, body), "gzip");
    case 14:
      return refused(prefixed(1, zipped.subarray(0, random.below(zipped.length))), "gzip");
    case 15:
      return refused(prefixed(1, Buffer.concat([zipped, Buffer.from("XXXX")])), "gzip");
    case 16:
      return refused(prefixed(1, body), random.pick(["zstd", "br", "snappy", "x"]));
    case 17:
      return refused(prefixed(0, body, body.length + 1 + random.below(9)));
    case 18:
      return refused(prefixed(0, body, random.pick([2 ** 32 - 1, 2 ** 31, 67_108_865])));
    case 19:
      return refused(Buffer.alloc(0));
    case 20:
      return refused(plain.subarray(0, random.below(5)));
    case 21:
      return refused(Buffer.concat([plain, plain]));
    case 22:
      // grpc-js has the message it wants and leaves the beginning of another one behind it.
      return { encoding: "", message: Buffer.concat([plain, Buffer.of(0)]), fate: "either" };
    default: {
      const at = random.below(zipped.length);
      zipped.writeUInt8((zipped[at] ?? 0) ^ (1 << random.below(8)), at);
      return { encoding: "gzip", message: prefixed(1, zipped), fate: gzipFate(zipped) };
    }
  }
}

function gzipFate(zipped: Buffer): Fate {
  try {
    return fateOf(gunzipSync(zipped), "protobuf");
  } catch {
    // It is no gzip, and zlib tells by throwing.
    return REFUSED;
  }
}

function prefixed(flag: number, body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

/** The last one ends the stream. */
function dataFrames(message: Buffer, stream: number, random: Random): readonly Buffer[] {
  const pieces = inPieces(message, random);
  return pieces.map((piece, at) => {
    const end = at === pieces.length - 1 ? END_STREAM : 0;
    if (!random.once(8)) return rawFrame(FRAME.data, end, stream, piece);
    const padding = random.below(10);
    const padded = Buffer.concat([Buffer.of(padding), piece, Buffer.alloc(padding)]);
    return rawFrame(FRAME.data, end | PADDED, stream, padded);
  });
}

/** Node keeps a connection that it has given up on until it was idle for long enough. */
function hasHungUp(received: Buffer): boolean {
  return parseFrames(received).some(({ type }) => type === FRAME.goAway);
}

/** undefined: not yet. A stream that is reset or turned away by its HTTP status was refused. */
function endOf(received: Buffer, at: number): Answer | undefined {
  const frames = parseFrames(received);
  const stream = 2 * at + 1;
  const own = frames.filter((frame) => frame.stream === stream);
  const status = own.map(statusIn).find((found) => found !== undefined);
  if (status !== undefined) return status === 0 ? "accepted" : "refused";
  const isReset = own.some(({ type }) => type === FRAME.resetStream);
  const isEnded = own.some(
    ({ type, flags }) => type <= FRAME.headers && (flags & END_STREAM) !== 0,
  );
  return isReset || isEnded ? "refused" : undefined;
}

function statusIn(frame: SeenFrame): number | undefined {
  return frame.type === FRAME.headers ? grpcStatusOf(frame) : undefined;
}

function whatIsWrong(received: Buffer): string | undefined {
  for (const frame of parseFrames(received)) {
    const status = statusIn(frame);
    if (status !== undefined && !STATUSES.includes(status)) return `answered status ${status}`;
  }
  return undefined;
}
