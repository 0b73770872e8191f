/** What an OTLP/HTTP request is refused for, and in which words; all but its size and speed is known before its body is read. */
import type { IncomingMessage } from "node:http";
import { STATUS } from "../otlp/export-reply.js";
import type { ExportSignal } from "../processor/ingest.js";
import { type Format, type Refusal } from "./http-reply.js";
import { isLoopback } from "./listen-address.js";
import { foreignExporter } from "./foreign-exporter.js";
import type { OnNotice } from "./notice.js";
import { retryAfterSeconds } from "./retry-after.js";
import { NEEDS_TOKEN } from "./sender-tokens.js";

const TRACES_PATH = "/v1/traces";

/** Where each signal goes. */
export const SIGNAL_PATHS: Readonly<Record<string, ExportSignal>> = {
  [TRACES_PATH]: "traces",
  "/v1/logs": "logs",
  "/v1/metrics": "metrics",
};

/**
 * A web page that the user visits could send to a loopback port under a name of its own (DNS rebinding). On a loopback
 * address only the names of loopback are taken; whoever listens elsewhere uses names we cannot know.
 */
export function refuseHost(request: IncomingMessage): Refusal | undefined {
  const local = request.socket.localAddress ?? "";
  // HTTP/1.0 has no host, and no web page speaks it.
  if (request.headers.host === undefined) return undefined;
  const host = request.headers.host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  if (!isLoopback(local.replace(/^::ffff:/, "")) || isLoopback(host)) return undefined;
  // Containers reach a collector on their host's loopback by this name.
  if (host === "host.docker.internal") return undefined;
  const message = `this collector listens on loopback and was asked for ${JSON.stringify(host)}: use 127.0.0.1 or localhost`;
  return { httpStatus: 403, code: STATUS.permissionDenied, message };
}

export const NO_TOKEN: Refusal = {
  httpStatus: 401,
  code: STATUS.unauthenticated,
  message: NEEDS_TOKEN,
  headers: { "www-authenticate": "Bearer" },
};

/** What a forwarder of jobtrace puts on its requests: the id of the store they come from. */
export const FORWARDED_HEADER = "x-jobtrace-forwarded";

/** Spans in a circle would be stored again and again. Whoever forwards reads it as a mistake in the set-up and keeps them. */
export const RUNS_IN_A_CIRCLE =
  "these spans were forwarded from this very store: the forward endpoint leads back here";

export function refuseOwn(
  { headers }: IncomingMessage,
  storeId: string | undefined,
): Refusal | undefined {
  return storeId !== undefined && headers[FORWARDED_HEADER] === storeId
    ? { httpStatus: 403, code: STATUS.permissionDenied, message: RUNS_IN_A_CIRCLE }
    : undefined;
}

export function refuseTarget(
  request: IncomingMessage,
  path: string,
  format: Format | undefined,
  onNotice: OnNotice,
): Refusal | undefined {
  if (SIGNAL_PATHS[path] === undefined) return wrongPath(request, path, format, onNotice);
  if (request.method !== "POST") {
    const what = SIGNAL_PATHS[path] === "traces" ? "spans" : SIGNAL_PATHS[path];
    const message = `${request.method} is not used by OTLP: send ${what} with POST ${path}`;
    return { httpStatus: 405, code: STATUS.unimplemented, message, headers: { allow: "POST" } };
  }
  if (format === undefined) {
    const type = JSON.stringify(request.headers["content-type"] ?? "");
    const message = `the content type ${type} is not OTLP: use application/x-protobuf or application/json`;
    return { httpStatus: 415, code: STATUS.invalidArgument, message };
  }
  const encoding = encodingOf(request);
  if (encoding === "gzip" || encoding === "identity") return undefined;
  const message = `the content encoding ${JSON.stringify(encoding)} is not supported: use gzip or none`;
  return {
    httpStatus: 400,
    code: STATUS.invalidArgument,
    message,
    headers: { "accept-encoding": "gzip, identity" },
  };
}

/**
 * The Ruby exporter prints the message of a 400 and only the number of a 404, so a protobuf request to a wrong path
 * gets a 400: the sentence then stands in the log of the person who can mend it.
 */
function wrongPath(
  request: IncomingMessage,
  path: string,
  format: Format | undefined,
  onNotice: OnNotice,
): Refusal {
  const base = `http://${request.headers.host ?? "127.0.0.1:4318"}`;
  const foreign = foreignExporter(path);
  if (foreign !== undefined && request.method === "POST") {
    onNotice({ kind: "wrong_path", path, userAgent: request.headers["user-agent"] ?? "" });
    const sentence =
      `jobtrace: this is where a ${foreign.name} exporter posts, and jobtrace takes OTLP. ` +
      `Use the gem opentelemetry-exporter-otlp in place of ${foreign.gem}, with OTEL_EXPORTER_OTLP_ENDPOINT=${base}`;
    return { httpStatus: 400, code: STATUS.notFound, message: sentence };
  }
  const message =
    `jobtrace: you posted to ${JSON.stringify(path)} and spans go to ${TRACES_PATH}. ` +
    `Set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${base}${TRACES_PATH}, or OTEL_EXPORTER_OTLP_ENDPOINT=${base} without a path`;
  if (request.method !== "POST") return { httpStatus: 404, code: STATUS.notFound, message };
  onNotice({ kind: "wrong_path", path, userAgent: request.headers["user-agent"] ?? "" });
  return { httpStatus: format === "protobuf" ? 400 : 404, code: STATUS.notFound, message };
}

/** RFC 9110: `x-gzip` is gzip; names are case-insensitive. */
export function encodingOf(request: IncomingMessage): string {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  return encoding === "x-gzip" ? "gzip" : encoding === "" ? "identity" : encoding;
}

export function tooLarge(bytesMax: number): Refusal {
  const message = `the request is larger than ${bytesMax} bytes: send smaller batches`;
  return { httpStatus: 413, code: STATUS.resourceExhausted, message };
}

export function unavailable(reason: string, retryAfter = retryAfterSeconds()): Refusal {
  const retry = { retryAfterSeconds: retryAfter };
  return { httpStatus: 503, code: STATUS.unavailable, message: reason, ...retry };
}

export const TOO_SLOW: Refusal = {
  httpStatus: 408,
  code: STATUS.deadlineExceeded,
  message: "the body came too slowly: it was given up",
  headers: { connection: "close" },
};
