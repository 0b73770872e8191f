/** Reads and inflates the body of an HTTP request within limits. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";

const gunzipAsync = promisify(gunzip);

export type BodyRead =
  | { readonly kind: "body"; readonly body: Buffer }
  | { readonly kind: "too_large" }
  /** The client went away; there is nobody to answer. */
  | { readonly kind: "aborted" };

/**
 * `bytesMax`: where reading stops; the rest is left in the socket. The request keeps nothing of the body: it lives until it
 * is answered, which is long after the body was stored.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const finish = (read: BodyRead): void => {
      chunks = [];
      request.off("data", onData);
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > bytesMax) finish({ kind: "too_large" });
      else chunks.push(chunk);
    };
    request.on("data", onData);
    request.once("end", () => {
      const only = chunks.length === 1 ? chunks[0] : undefined;
      finish({ kind: "body", body: only ?? Buffer.concat(chunks, length) });
    });
    request.once("error", () => finish({ kind: "aborted" }));
    request.once("close", () => finish({ kind: "aborted" }));
  });
}

export type Inflated =
  | { readonly kind: "inflated"; readonly raw: Buffer }
  | { readonly kind: "too_large" }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * Up to this many compressed bytes are inflated at once, in less time than a trip to the thread pool and back; the
 * default batch of the SDKs is about 40 kB.
 */
export const INFLATE_SYNC_BYTES_MAX = 128 * 1024;

/** Of a body of at most {@link INFLATE_SYNC_BYTES_MAX}. */
export function inflateSmall(body: Buffer, bytesMax: number): Inflated {
  try {
    return { kind: "inflated", raw: gunzipSync(body, optionsFor(body, bytesMax)) };
  } catch (error) {
    return failure(error);
  }
}

export async function inflateLarge(body: Buffer, bytesMax: number): Promise<Inflated> {
  try {
    return { kind: "inflated", raw: await gunzipAsync(body, optionsFor(body, bytesMax)) };
  } catch (error) {
    return failure(error);
  }
}

/** Of zlib's own pieces. Bytes. */
const PIECE_BYTES_MIN = 16 * 1024;
/** What a sender claims is believed so far. */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A gzip body ends with its length after inflating (RFC 1952, ISIZE). Room for all of it at once saves zlib from
 * joining pieces; a wrong claim costs a little memory for a moment and nothing else.
 */
function optionsFor(
  body: Buffer,
  bytesMax: number,
): { maxOutputLength: number; chunkSize: number } {
  const claimed = body.length < 4 ? 0 : body.readUInt32LE(body.length - 4);
  // One byte more: zlib asks for another piece when the first is full to the brim.
  const piece = Math.min(Math.max(claimed + 1, PIECE_BYTES_MIN), PIECE_BYTES_MAX);
  return { maxOutputLength: bytesMax, chunkSize: piece };
}

function failure(error: unknown): Inflated {
  if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
    return { kind: "too_large" };
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "malformed", reason: `cannot inflate the gzip body: ${reason}` };
}
