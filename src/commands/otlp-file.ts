/**
 * A file of OTLP requests: one in protobuf, or any number in JSON, one behind another as OTLP's file exporter writes them, or
 * in a list. Traces or logs, plain or gzip, told by its bytes. What is read of a file at once is bounded by one request.
 */
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ExportRequest } from "../processor/ingest.js";
import { scanForLogs } from "../processor/log-jids.js";
import { scanForJobs } from "../processor/scanned-nodes.js";
import { REQUEST_BYTES_MAX } from "../receiver/limits.js";
import { createJsonSplitter } from "./split-json.js";

export type OtlpFileRead =
  | { readonly kind: "request"; readonly request: ExportRequest }
  | { readonly kind: "malformed"; readonly reason: string };

/** Enough to tell text from protobuf. Bytes. */
const SNIFFED = 4096;

const TOO_LARGE = `a request in it is larger than ${REQUEST_BYTES_MAX / 1024 / 1024} MiB`;

/** `path`: "-" is stdin. Never throws. */
export async function* readOtlpFile(path: string): AsyncIterable<OtlpFileRead> {
  try {
    yield* readRequests(path === "-" ? process.stdin : createReadStream(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code?.startsWith("Z_") === true ? `cannot inflate it: ${message}` : message;
    yield { kind: "malformed", reason };
  }
}

async function* readRequests(file: Readable): AsyncIterable<OtlpFileRead> {
  const packed = await peeked(file, 2);
  const isGzip = packed.head[0] === 0x1f && packed.head[1] === 0x8b;
  /** As it came, as long as it may be one request. */
  const kept = keepChunks(packed.chunks);
  const plain = await peeked(isGzip ? inflated(kept.chunks) : kept.chunks, SNIFFED);
  if (isJson(plain.head)) {
    kept.forget();
    yield* jsonRequests(plain.chunks);
    return;
  }
  const raw = await joined(plain.chunks);
  if (raw === undefined) yield { kind: "malformed", reason: TOO_LARGE };
  else {
    const body = isGzip ? kept.all() : raw;
    const codec = isGzip ? "gzip" : "identity";
    const signal = isLogs(raw) ? "logs" : "traces";
    yield { kind: "request", request: { signal, body, codec, raw, format: "protobuf" } };
  }
}

async function* jsonRequests(chunks: AsyncIterable<Buffer>): AsyncIterable<OtlpFileRead> {
  const splitter = createJsonSplitter(REQUEST_BYTES_MAX);
  const reads = function* (pieces: ReturnType<typeof splitter.add>): Iterable<OtlpFileRead> {
    for (const piece of pieces) {
      if (piece.kind === "value") yield { kind: "request", request: jsonRequest(piece.bytes) };
      else
        yield { kind: "malformed", reason: piece.kind === "too_large" ? TOO_LARGE : piece.reason };
    }
  };
  for await (const chunk of chunks) yield* reads(splitter.add(chunk));
  yield* reads(splitter.end());
}

function jsonRequest(body: Buffer): ExportRequest {
  const has = (...names: readonly string[]): boolean =>
    names.some((name) => body.includes(`"${name}"`));
  const isLogLines =
    has("resourceLogs", "resource_logs") && !has("resourceSpans", "resource_spans");
  const signal = isLogLines ? "logs" : "traces";
  return { signal, body, codec: "identity", raw: body, format: "json" };
}

/**
 * A protobuf request begins with the tag of its first field, 0x0a, which is a line break, and a length that may be a brace;
 * but tags and lengths are control characters, of which JSON has none below a space.
 */
function isJson(head: Buffer): boolean {
  const text = head.toString("latin1").replace(/^\xef\xbb\xbf/, "");
  return /^\s*[{[]/.test(text) && !/[^\P{Cc}\s\x7f-\x9f]/u.test(text);
}

/** No request of one signal that says anything reads as one of the other; an empty one may be either. */
function isLogs(raw: Buffer): boolean {
  return scanForJobs(raw).kind === "malformed" && scanForLogs(raw).kind === "scanned";
}

interface Peeked {
  readonly head: Buffer;
  /** All of it, the head included. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** The first `count` bytes, or all there are. */
async function peeked(source: AsyncIterable<Buffer>, count: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(first);
  const chunks = async function* (): AsyncIterable<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      yield next.value;
  };
  return { head, chunks: chunks() };
}

function keepChunks(source: AsyncIterable<Buffer>): {
  readonly chunks: AsyncIterable<Buffer>;
  readonly all: () => Buffer;
  readonly forget: () => void;
} {
  let kept: Buffer[] | undefined = [];
  const chunks = async function* (): AsyncIterable<Buffer> {
    for await (const chunk of source) {
      kept?.push(chunk);
      yield chunk;
    }
  };
  return {
    chunks: chunks(),
    all: () => Buffer.concat(kept ?? []),
    forget() {
      kept = undefined;
    },
  };
}

function inflated(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  // An error on the way comes out of the last stream, which is read.
  pipeline(Readable.from(source), gunzip, () => undefined);
  return gunzip as AsyncIterable<Buffer>;
}

/** undefined: more than a request may have. */
async function joined(source: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > REQUEST_BYTES_MAX) return undefined;
  }
  return Buffer.concat(chunks);
}
