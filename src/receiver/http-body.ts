/** Reads and inflates the body of an HTTP request within limits; gRPC messages are inflated here too. */
import type { IncomingMessage } from "node:http";
import { createGunzip, gunzipSync } from "node:zlib";
import type { BodyWatch } from "./body-watch.js";
import type { Reservation } from "./byte-budget.js";
import { BUDGET_STEP_BYTES } from "./limits.js";

export type BodyRead =
  | { readonly kind: "body"; readonly body: Buffer }
  | { readonly kind: "too_large" }
  | { readonly kind: "too_slow" }
  /** The budget for all requests is used up. */
  | { readonly kind: "no_room" }
  /** The client went away; there is nobody to answer. */
  | { readonly kind: "aborted" };

/**
 * `bytesMax`: where reading stops; the rest is left in the socket. `reservation`: holds the declared length already, and
 * is added to where there is more. The request keeps nothing of the body: it lives until it is answered, which is long
 * after the body was stored.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  reservation: Reservation,
  watch: BodyWatch,
): Promise<BodyRead> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const watched = { received: () => length, cutOff: () => finish({ kind: "too_slow" }) };
    const finish = (read: BodyRead): void => {
      chunks = [];
      request.off("data", onData);
      watch.delete(watched);
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > bytesMax) {
        finish({ kind: "too_large" });
        return;
      }
      chunks.push(chunk);
      const missing = length - reservation.bytes;
      if (missing <= 0 || reservation.take(Math.max(missing, BUDGET_STEP_BYTES))) return;
      request.pause();
      void reservation.wait(missing).then((isTaken) => {
        if (isTaken) request.resume();
        else finish({ kind: "no_room" });
      });
    };
    watch.add(watched);
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
  | { readonly kind: "no_room" }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * Up to this many compressed bytes are inflated at once, in less time than a trip to the thread pool and back; the
 * default batch of the SDKs is about 40 kB.
 */
const INFLATE_SYNC_BYTES_MAX = 128 * 1024;
/** And up to this many inflated ones: a bomb of a few kB would hold up everybody else. */
const INFLATED_SYNC_BYTES_MAX = 4 * 1024 * 1024;

/** Small bodies at once, large ones off the event loop. `reservation`: grows by what a large one inflates to. */
export function inflate(
  body: Buffer,
  bytesMax: number,
  reservation: Reservation,
): Inflated | Promise<Inflated> {
  const claimed = claimedLength(body);
  if (body.length > INFLATE_SYNC_BYTES_MAX || claimed > INFLATED_SYNC_BYTES_MAX)
    return inflateLarge(body, bytesMax, reservation);
  const maxOutputLength = Math.min(bytesMax, INFLATED_SYNC_BYTES_MAX);
  try {
    const raw = gunzipSync(body, { maxOutputLength, chunkSize: pieceLength(claimed) });
    return { kind: "inflated", raw };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") return failure(error);
    // Its end claimed less than there is.
    return maxOutputLength === bytesMax
      ? { kind: "too_large" }
      : inflateLarge(body, bytesMax, reservation);
  }
}

async function inflateLarge(
  body: Buffer,
  bytesMax: number,
  reservation: Reservation,
): Promise<Inflated> {
  // Each piece is a trip to the thread pool, whatever the end of the body claims.
  const chunkSize = Math.max(pieceLength(claimedLength(body)), LARGE_PIECE_BYTES_MIN);
  const gunzip = createGunzip({ chunkSize });
  const pieces: Buffer[] = [];
  let length = 0;
  gunzip.end(body);
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > bytesMax) return { kind: "too_large" };
      if (!reservation.take(piece.length) && !(await reservation.wait(piece.length)))
        return { kind: "no_room" };
      pieces.push(piece);
    }
  } catch (error) {
    return failure(error);
  }
  const only = pieces.length === 1 ? pieces[0] : undefined;
  return { kind: "inflated", raw: only ?? Buffer.concat(pieces, length) };
}

/** Of zlib's own pieces. Bytes. */
const PIECE_BYTES_MIN = 16 * 1024;
const LARGE_PIECE_BYTES_MIN = 1024 * 1024;
/** What a sender claims is believed so far. */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A gzip body ends with its length after inflating (RFC 1952, ISIZE). Room for all of it at once saves zlib from
 * joining pieces; a wrong claim costs a little memory for a moment and nothing else.
 */
function claimedLength(body: Buffer): number {
  return body.length < 4 ? 0 : body.readUInt32LE(body.length - 4);
}

function pieceLength(claimed: number): number {
  // One byte more: zlib asks for another piece when the first is full to the brim.
  return Math.min(Math.max(claimed + 1, PIECE_BYTES_MIN), PIECE_BYTES_MAX);
}

function failure(error: unknown): Inflated {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "malformed", reason: `cannot inflate the gzip body: ${reason}` };
}
