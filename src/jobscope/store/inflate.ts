/** The body of a record as the OTLP request it holds. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Codec } from "./job-store.js";

/** Bytes that a decompression may give: far above any request the receiver takes, so more is damage. */
const RAW_BYTES_MAX = 256 * 1024 * 1024;

/** Room that is made for a body at once, so that its pieces need not be joined. Bytes. */
const ROOM_MIN = 1024;
const ROOM_MAX = 4 * 1024 * 1024;

/** @throws when the body is not what its codec says. */
export function inflate({
  codec,
  body,
  rawBytes,
}: {
  readonly codec: Codec;
  readonly body: Uint8Array;
  /** What it should give; more and less are taken as well. */
  readonly rawBytes: number;
}): Uint8Array {
  // One byte more: zlib asks for another piece when the first is full to the brim.
  const room = Math.min(Math.max(rawBytes + 1, ROOM_MIN), ROOM_MAX);
  const options = { maxOutputLength: RAW_BYTES_MAX, chunkSize: room };
  switch (codec) {
    case "identity":
      return body;
    case "gzip":
      return gunzipSync(body, options);
    case "brotli":
      return brotliDecompressSync(body, options);
  }
}
