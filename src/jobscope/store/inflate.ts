/** The body of a record as the OTLP request it holds. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Codec } from "./job-store.js";

/** Bytes that a decompression may give: far above any request the receiver takes, so more is damage. */
const RAW_BYTES_MAX = 256 * 1024 * 1024;

/** @throws when the body is not what its codec says. */
export function inflate({
  codec,
  body,
}: {
  readonly codec: Codec;
  readonly body: Uint8Array;
}): Uint8Array {
  const options = { maxOutputLength: RAW_BYTES_MAX };
  switch (codec) {
    case "identity":
      return body;
    case "gzip":
      return gunzipSync(body, options);
    case "brotli":
      return brotliDecompressSync(body, options);
  }
}
