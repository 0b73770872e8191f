/**
 * OTLP/HTTP: `POST /v1/traces` in protobuf or JSON, plain or gzip (OTLP specification, "OTLP/HTTP").
 *
 * What can be refused is refused before the body is read: path, method, host, types, size, room. The body of a
 * refused request is still taken from the socket and thrown away, because a client that is cut off while it sends
 * never sees the answer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { STATUS } from "../otlp/export-reply.js";
import type { ExportOutcome, Ingest } from "../processor/ingest.js";
import type { ByteBudget } from "./byte-budget.js";
import {
  type BodyRead,
  INFLATE_SYNC_BYTES_MAX,
  type Inflated,
  inflateLarge,
  inflateSmall,
  readBody,
} from "./http-body.js";
import { type Format, formatOf, type Refusal, replyError, replySuccess } from "./http-reply.js";
import {
  DRAIN_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_BYTES_MAX,
  REQUEST_TIMEOUT_MS,
  RETRY_AFTER_SECONDS,
} from "./limits.js";
import { isLoopback } from "./listen-address.js";
import type { OnNotice } from "./notice.js";

export interface HttpReceiverOptions {
  readonly ingest: Ingest;
  readonly budget: ByteBudget;
  readonly onNotice: OnNotice;
  readonly version: string;
  /** Where the spans go, told to whoever looks at `/`. */
  readonly store: string;
  readonly requestBytesMax?: number;
}

const TRACES_PATH = "/v1/traces";

/** Other signals that share the endpoint. A refusal would fill the sender's log, so they are taken and not kept. */
const UNKEPT_SIGNALS: Readonly<
  Record<string, { readonly signal: "logs" | "metrics"; readonly rejectedName: string }>
> = {
  "/v1/logs": { signal: "logs", rejectedName: "rejectedLogRecords" },
  "/v1/metrics": { signal: "metrics", rejectedName: "rejectedDataPoints" },
};

/** A server without a port: it is given connections. */
export function createHttpReceiver(options: HttpReceiverOptions): Server {
  let spanCount = 0;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  // Node begins to watch over its timeouts when a server listens; this one is handed its connections.
  server.emit("listening");

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if ((request.method === "GET" || request.method === "HEAD") && path === "/") {
      greet(request, response, options, spanCount);
      return;
    }
    const format = formatOf(request);
    const refusal = refuseHost(request) ?? refuseTarget(request, path, format, options.onNotice);
    if (refusal !== undefined) {
      refuse(request, response, format, refusal);
      return;
    }
    const signal = UNKEPT_SIGNALS[path];
    if (signal !== undefined) {
      options.onNotice({ kind: "signal_not_kept", signal: signal.signal });
      drain(request);
      replySuccess(
        response,
        format ?? "json",
        { rejected: 0, message: `this version of jobtrace does not keep ${signal.signal}` },
        signal.rejectedName,
      );
      return;
    }
    spanCount += await exportTraces(request, response, format ?? "protobuf", options);
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      refuse(request, response, formatOf(request), {
        httpStatus: 500,
        code: STATUS.internal,
        message: `jobtrace failed: ${String(error)}`,
      });
    });
  };
  server.on("request", onRequest);
  // A client that asks first is answered before it sends; the go-ahead is given where the body is read.
  server.on("checkContinue", onRequest);
  return server;
}

/** Returns how many spans were accepted. */
async function exportTraces(
  request: IncomingMessage,
  response: ServerResponse,
  format: Format,
  options: HttpReceiverOptions,
): Promise<number> {
  const bytesMax = options.requestBytesMax ?? REQUEST_BYTES_MAX;
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bytesMax) {
    refuse(request, response, format, tooLarge(bytesMax));
    return 0;
  }
  // A chunked body does not say its length; the usual batch is assumed and the limit still holds while reading.
  const reserved = Math.max(declared, 1);
  if (!options.budget.take(reserved)) {
    refuse(request, response, format, unavailable("the memory for requests in flight is used up"));
    return 0;
  }
  if (request.headers.expect !== undefined) response.writeContinue();
  // Handed from step to step, so that nothing holds on to a body while its answer waits for the disk.
  return readBody(request, bytesMax)
    .then((read) => receive(read, format, encodingOf(request) === "gzip", options))
    .then((received) => answer(request, response, format, received, options))
    .finally(() => options.budget.give(reserved));
}

/** What became of a request: the processor's outcome, or none because it did not get so far. */
type Received = ExportOutcome | { readonly kind: "too_large" } | { readonly kind: "aborted" };

function receive(
  read: BodyRead,
  format: Format,
  isGzip: boolean,
  options: HttpReceiverOptions,
): Promise<Received> | Received {
  if (read.kind !== "body") return read;
  const { body } = read;
  if (!isGzip) return options.ingest({ body, codec: "identity", raw: body, format });
  const bytesMax = options.requestBytesMax ?? REQUEST_BYTES_MAX;
  if (body.length > INFLATE_SYNC_BYTES_MAX)
    return inflateLarge(body, bytesMax).then((large) =>
      ingestInflated(body, large, format, options),
    );
  return ingestInflated(body, inflateSmall(body, bytesMax), format, options);
}

function ingestInflated(
  body: Buffer,
  inflated: Inflated,
  format: Format,
  { ingest }: HttpReceiverOptions,
): Promise<Received> | Received {
  if (inflated.kind !== "inflated") return inflated;
  return ingest({ body, codec: "gzip", raw: inflated.raw, format });
}

/** Returns how many spans were accepted. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  format: Format,
  received: Received,
  { onNotice, requestBytesMax = REQUEST_BYTES_MAX }: HttpReceiverOptions,
): number {
  switch (received.kind) {
    case "accepted":
      onNotice({ kind: "sender", userAgent: request.headers["user-agent"] ?? "" });
      replySuccess(response, format, {
        rejected: received.rejectedSpans,
        message: received.message,
      });
      return received.acceptedSpans;
    case "malformed":
      onNotice({ kind: "refused", reason: received.reason });
      replyError(response, format, {
        httpStatus: 400,
        code: STATUS.invalidArgument,
        message: received.reason,
      });
      return 0;
    case "unavailable":
      onNotice({ kind: "refused", reason: received.reason });
      replyError(response, format, unavailable(received.reason, received.retryAfterSeconds));
      return 0;
    case "too_large":
      refuse(request, response, format, tooLarge(requestBytesMax));
      return 0;
    case "aborted":
      return 0;
  }
}

/**
 * A web page that the user visits could send to a loopback port under a name of its own (DNS rebinding). On a loopback
 * address only the names of loopback are taken; whoever listens elsewhere uses names we cannot know.
 */
function refuseHost(request: IncomingMessage): Refusal | undefined {
  const local = request.socket.localAddress ?? "";
  const host = (request.headers.host ?? "")
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (!isLoopback(local.replace(/^::ffff:/, "")) || isLoopback(host) || host === "")
    return undefined;
  // Containers reach a collector on their host's loopback by this name.
  if (host === "host.docker.internal") return undefined;
  const message = `this collector listens on loopback and was asked for ${JSON.stringify(host)}: use 127.0.0.1 or localhost`;
  return { httpStatus: 403, code: STATUS.permissionDenied, message };
}

function refuseTarget(
  request: IncomingMessage,
  path: string,
  format: Format | undefined,
  onNotice: OnNotice,
): Refusal | undefined {
  if (path !== TRACES_PATH && UNKEPT_SIGNALS[path] === undefined)
    return wrongPath(request, path, format, onNotice);
  if (request.method !== "POST") {
    const message = `${request.method} is not used by OTLP: send spans with POST ${TRACES_PATH}`;
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
  const message =
    `jobtrace: you posted to ${JSON.stringify(path)} and spans go to ${TRACES_PATH}. ` +
    `Set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${base}${TRACES_PATH}, or OTEL_EXPORTER_OTLP_ENDPOINT=${base} without a path`;
  if (request.method !== "POST") return { httpStatus: 404, code: STATUS.notFound, message };
  onNotice({ kind: "wrong_path", path, userAgent: request.headers["user-agent"] ?? "" });
  return { httpStatus: format === "protobuf" ? 400 : 404, code: STATUS.notFound, message };
}

/** RFC 9110: `x-gzip` is gzip; names are case-insensitive. */
function encodingOf(request: IncomingMessage): string {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  return encoding === "x-gzip" ? "gzip" : encoding === "" ? "identity" : encoding;
}

function tooLarge(bytesMax: number): Refusal {
  const message = `the request is larger than ${bytesMax} bytes: send smaller batches`;
  return { httpStatus: 413, code: STATUS.resourceExhausted, message };
}

function unavailable(reason: string, retryAfterSeconds = RETRY_AFTER_SECONDS): Refusal {
  return { httpStatus: 503, code: STATUS.unavailable, message: reason, retryAfterSeconds };
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  format: Format | undefined,
  refusal: Refusal,
): void {
  replyError(response, format, refusal);
  drain(request);
}

function drain(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), DRAIN_TIMEOUT_MS);
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
  request.resume();
}

function greet(
  request: IncomingMessage,
  response: ServerResponse,
  { version, store }: HttpReceiverOptions,
  spanCount: number,
): void {
  const text =
    `jobtrace ${version} is listening; ${spanCount} ${spanCount === 1 ? "span" : "spans"} received\n` +
    `store ${store}\n` +
    `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${request.headers.host ?? "127.0.0.1:4318"}\n`;
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
