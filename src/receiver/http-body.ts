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

/** `bytesMax`: where reading stops; the rest is left in the socket. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (read: BodyRead): void => {
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
const INFLATE_SYNC_BYTES_MAX = 128 * 1024;

export async function inflateGzip(body: Buffer, bytesMax: number): Promise<Inflated> {
  const options = { maxOutputLength: bytesMax };
  try {
    const raw =
      body.length <= INFLATE_SYNC_BYTES_MAX
        ? gunzipSync(body, options)
        : await gunzipAsync(body, options);
    return { kind: "inflated", raw };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      return { kind: "too_large" };
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "malformed", reason: `cannot inflate the gzip body: ${reason}` };
  }
}
