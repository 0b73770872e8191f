/** Answers of the OTLP/HTTP receiver: an error carries a `google.rpc.Status` in the encoding of the request. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import {
  type ErrorStatus,
  type Rejection,
  statusJson,
  statusProtobuf,
  successJson,
  successProtobuf,
} from "../otlp/export-reply.js";

import type { ExportSignal } from "../processor/ingest.js";

/** Said over both protocols. */
export const NO_ROOM = "the memory for requests in flight is used up";

export type Format = "protobuf" | "json";

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** undefined: neither of the two that OTLP/HTTP has. */
export function formatOf(request: IncomingMessage): Format | undefined {
  const mediaType = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === MEDIA_TYPES.protobuf) return "protobuf";
  return mediaType === MEDIA_TYPES.json ? "json" : undefined;
}

export function replySuccess(
  response: ServerResponse,
  format: Format,
  rejection: Rejection,
  signal: ExportSignal,
): void {
  send(
    response,
    200,
    format,
    format === "protobuf"
      ? successProtobuf(rejection)
      : Buffer.from(successJson(rejection, signal)),
  );
}

export interface Refusal extends ErrorStatus {
  readonly httpStatus: number;
  readonly headers?: OutgoingHttpHeaders;
}

/** `format`: undefined when the request's is not known; the answer is then JSON. */
export function replyError(
  response: ServerResponse,
  format: Format | undefined,
  refusal: Refusal,
): void {
  const body = format === "protobuf" ? statusProtobuf(refusal) : Buffer.from(statusJson(refusal));
  const retry = refusal.retryAfterSeconds;
  const headers =
    retry === undefined ? refusal.headers : { ...refusal.headers, "retry-after": String(retry) };
  send(response, refusal.httpStatus, format ?? "json", body, headers);
}

function send(
  response: ServerResponse,
  status: number,
  format: Format,
  body: Uint8Array,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    "content-type": MEDIA_TYPES[format],
    "content-length": body.length,
    ...headers,
  });
  response.end(body);
}
