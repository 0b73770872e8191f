/** OTLP/HTTP over a raw socket: requests of every kind, pipelined, and framing that is broken. */
import { gunzipSync, gzipSync } from "node:zlib";
import { finalReplies, whatIsWrong } from "./http-replies.js";
import { breakFraming } from "./http-framing.js";
import {
  type Fate,
  fateOf,
  type Format,
  type MarkedBody,
  markedBody,
  markerOf,
  REFUSED,
} from "./marked-body.js";
import { poolPerBlock } from "./protobuf-target.js";
import { inPieces } from "./raw-talk.js";
import { type Random, seededRandom } from "./seeded-random.js";
import type { SentRequest, SocketCase, SocketTarget } from "./socket-case.js";

const TRACES = "/v1/traces";
const OTHER_PATHS = ["/v1/trace", "/", "//v1/traces", "/v1/traces/", "/v1/logsx", "/%00", "/../v1"];
const OTHER_METHODS = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];
const TYPES: Readonly<Record<Format, readonly string[]>> = {
  protobuf: ["application/x-protobuf", "APPLICATION/X-Protobuf", "application/x-protobuf; a=b"],
  json: ["application/json", "application/json; charset=utf-8"],
};
const OTHER_TYPES = ["", "text/plain", "application/grpc", "application/jsonx", "x".repeat(300)];
const OTHER_ENCODINGS = ["br", "zstd", "gzip, gzip", "deflate", "gzip;q=1"];

interface HttpRequest extends SentRequest {
  readonly head: string;
  readonly body: Buffer;
}

export function createHttpTarget(seed: number): SocketTarget {
  const poolOf = poolPerBlock(seed);
  return {
    name: "http",
    make(caseNumber, round) {
      const random = seededRandom(seed, 3, caseNumber);
      const length = random.pick([1, 1, 2, 3]);
      const requests = Array.from({ length }, (_, index) => {
        const marker = markerOf(seed, round, caseNumber, index);
        const request = makeRequest(marker, markedBody(marker, poolOf(caseNumber), random), random);
        // Whoever asks before sending waits for the answer, and sends nothing behind it.
        const asksFirst = length === 1 && random.once(10);
        return asksFirst
          ? { ...request, head: `${request.head}\r\nExpect: 100-continue` }
          : request;
      });
      return makeCase(requests, random);
    },
    isAnswered: (received, { requests, isFramed }) =>
      isFramed && finalReplies(received).length >= requests.length,
    answersOf: (received) =>
      finalReplies(received).map(({ status }) => (status === 200 ? "accepted" : "refused")),
    hadNoRoom: (received) => received.includes("HTTP/1.1 503 "),
    whatIsWrong,
  };
}

function makeCase(requests: readonly HttpRequest[], random: Random): SocketCase {
  const sent = requests.map(({ marker, fate }) => ({ marker, fate }));
  const framed = requests.map((request) => framedRequest(request, random));
  if (!random.once(2)) {
    const script = { chunks: inPieces(Buffer.concat(framed), random), ending: "wait" } as const;
    return { script, requests: sent, isFramed: true };
  }
  const at = random.below(requests.length);
  const { head, body } = requests[at] ?? { head: "", body: Buffer.alloc(0) };
  const broken = Buffer.concat(framed.with(at, breakFraming(head, body, random)));
  const ending = random.pick(["half_close", "half_close", "close", "reset"] as const);
  return { script: { chunks: inPieces(broken, random), ending }, requests: sent, isFramed: false };
}

function makeRequest(marker: Buffer, marked: MarkedBody, random: Random): HttpRequest {
  const method = random.once(20) ? random.pick(OTHER_METHODS) : "POST";
  const isOtherPath = random.once(15);
  const path = isOtherPath ? random.pick(OTHER_PATHS) : random.pick([TRACES, `${TRACES}?a=b`]);
  const isOtherType = random.once(15);
  const format = random.once(15) ? random.pick(["protobuf", "json"] as const) : marked.format;
  const type = random.pick(isOtherType ? OTHER_TYPES : TYPES[format]);
  const isOtherHost = random.once(25);
  const host = isOtherHost ? "evil.example" : random.pick(["127.0.0.1:4318", "localhost", "[::1]"]);
  const { encoding, body } = encode(marked.bytes, random);
  const isOtherEncoding = OTHER_ENCODINGS.includes(encoding);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...(type === "" ? [] : [`Content-Type: ${type}`]),
    ...(encoding === "" ? [] : [`Content-Encoding: ${encoding}`]),
  ];
  // GET / greets, and a GET elsewhere is answered without being an export.
  const isRefused =
    method !== "POST" || isOtherPath || isOtherType || isOtherHost || isOtherEncoding;
  const isGreeting = method === "GET" && path === "/";
  const fate = isGreeting
    ? NOTHING_TO_KEEP
    : isRefused
      ? REFUSED
      : bodyFate(body, encoding, format);
  return { marker: marker.toString("hex"), fate, head: lines.join("\r\n"), body };
}

const NOTHING_TO_KEEP: Fate = { kind: "accepted", stored: undefined };

function encode(
  bytes: Buffer,
  random: Random,
): { readonly encoding: string; readonly body: Buffer } {
  const gzip = random.pick(["gzip", "GZIP", "x-gzip", " gzip "]);
  const kind = random.below(20);
  if (kind < 9) return { encoding: random.pick(["", "identity"]), body: bytes };
  if (kind === 9) return { encoding: random.pick(OTHER_ENCODINGS), body: bytes };
  if (kind === 10) return { encoding: gzip, body: bytes };
  const zipped = gzipSync(bytes);
  if (kind < 16) return { encoding: gzip, body: zipped };
  if (kind === 16) return { encoding: gzip, body: zipped.subarray(0, random.below(zipped.length)) };
  if (kind === 17) return { encoding: gzip, body: Buffer.concat([zipped, random.bytes(5)]) };
  if (kind === 18) return { encoding: gzip, body: Buffer.concat([zipped, gzipSync("")]) };
  const at = random.below(zipped.length);
  zipped.writeUInt8((zipped[at] ?? 0) ^ (1 << random.below(8)), at);
  return { encoding: gzip, body: zipped };
}

function bodyFate(body: Buffer, encoding: string, format: Format): Fate {
  if (!/gzip/i.test(encoding)) return fateOf(body, format);
  try {
    return fateOf(gunzipSync(body), format);
  } catch {
    // It is no gzip, and zlib tells by throwing.
    return REFUSED;
  }
}

function framedRequest({ head, body }: HttpRequest, random: Random): Buffer {
  if (!random.once(3)) {
    return Buffer.concat([Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
  }
  const chunks = inPieces(body, random)
    .filter(({ length }) => length > 0)
    .map((chunk) => {
      const extension = random.once(5) ? ";a=b" : "";
      const size = Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`);
      return Buffer.concat([size, chunk, Buffer.from("\r\n")]);
    });
  const trailer = random.once(5) ? "X-Trailer: y\r\n" : "";
  const end = Buffer.from(`0\r\n${trailer}\r\n`);
  return Buffer.concat([
    Buffer.from(`${head}\r\nTransfer-Encoding: chunked\r\n\r\n`),
    ...chunks,
    end,
  ]);
}
