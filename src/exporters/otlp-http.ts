/** Sends OTLP request bodies to a collector over OTLP/HTTP, one after another, each acknowledged before the next. */

export interface OtlpBody {
  readonly bytes: Uint8Array;
  readonly isGzip: boolean;
  readonly format: "protobuf" | "json";
}

export type SendResult =
  | { readonly kind: "accepted"; readonly message: string }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string };

/** A collector that does not answer for this long is not there. */
const TIMEOUT_MS = 10_000;

/** `endpoint`: as in OTEL_EXPORTER_OTLP_ENDPOINT, without a path. */
export async function sendOtlp(
  endpoint: string,
  path: "/v1/traces" | "/v1/logs",
  body: OtlpBody,
): Promise<SendResult> {
  const headers = {
    "content-type": body.format === "json" ? "application/json" : "application/x-protobuf",
    ...(body.isGzip ? { "content-encoding": "gzip" } : {}),
    "user-agent": "jobtrace",
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, endpoint), {
      method: "POST",
      headers,
      body: new Uint8Array(body.bytes),
      signal,
    });
    const text = Buffer.from(await response.arrayBuffer()).toString("latin1");
    // The Status is protobuf; its message is the readable part.
    const message = text.replace(/[^\x20-\x7e]+/g, " ").trim();
    return response.ok
      ? { kind: "accepted", message }
      : { kind: "refused", status: response.status, message };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      kind: "unreachable",
      message: cause instanceof Error ? cause.message || String(cause) : String(cause),
    };
  }
}
