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
import type { BodyWatch } from "./body-watch.js";
import type { ByteBudget, Reservation } from "./byte-budget.js";
import { type BodyRead, type Inflated, inflate, readBody } from "./http-body.js";
import {
  type Format,
  formatOf,
  NO_ROOM,
  type Refusal,
  replyError,
  replySuccess,
} from "./http-reply.js";
import {
  encodingOf,
  NO_TOKEN,
  refuseHost,
  refuseTarget,
  TOO_SLOW,
  tooLarge,
  unavailable,
  UNKEPT_SIGNALS,
} from "./http-refusal.js";
import type { JsonThread } from "./json-thread.js";
import {
  BUDGET_STEP_BYTES,
  DRAIN_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  JSON_INLINE_BYTES_MAX,
  KEEP_ALIVE_MS,
  REQUEST_BYTES_MAX,
  REQUEST_TIMEOUT_MS,
  SLOW_CHECK_MS,
} from "./limits.js";
import type { OnNotice } from "./notice.js";
import type { PageOf } from "./page.js";
import { greet, greetProbe, show } from "./greeting.js";
import { authorizationOf, type SenderTokens } from "./sender-tokens.js";

export interface HttpReceiverOptions {
  readonly ingest: Ingest;
  readonly budget: ByteBudget;
  readonly watch: BodyWatch;
  readonly jsonThread: JsonThread;
  readonly onNotice: OnNotice;
  readonly version: string;
  /** Where the spans go, told to whoever looks at `/`. */
  readonly store: string;
  /** Further lines for the same. */
  readonly health?: () => readonly string[];
  /** Pages beside `/`. */
  readonly page?: PageOf;
  readonly tokens?: SenderTokens | undefined;
  readonly requestBytesMax?: number;
  readonly headersTimeoutMs?: number;
  readonly slowCheckMs?: number;
  readonly drainTimeoutMs?: number;
}

/** A server without a port: it is given connections. */
export function createHttpReceiver(options: HttpReceiverOptions): Server {
  let spanCount = 0;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: options.slowCheckMs ?? SLOW_CHECK_MS,
  });
  // Node begins to watch over its timeouts when a server listens; this one is handed its connections.
  server.emit("listening");

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const isLook = request.method === "GET" || request.method === "HEAD";
    const isUnknown = options.tokens?.accepts(authorizationOf(request)) === false;
    const stranger = refuseHost(request) ?? (isUnknown ? NO_TOKEN : undefined);
    if (isLook && path === "/" && (stranger === undefined || stranger === NO_TOKEN)) {
      if (stranger === undefined) greet(request, response, options, spanCount);
      else greetProbe(request, response, options);
      return;
    }
    const page = stranger === undefined && isLook ? await options.page?.(path) : undefined;
    if (page !== undefined) {
      show(request, response, page);
      return;
    }
    const format = formatOf(request);
    const refusal = stranger ?? refuseTarget(request, path, format, options.onNotice);
    if (refusal !== undefined) {
      refuse(request, response, format, refusal, options.drainTimeoutMs);
      return;
    }
    const signal = UNKEPT_SIGNALS[path];
    if (signal !== undefined) {
      options.onNotice({ kind: "signal_not_kept", signal: signal.signal });
      drain(request, options.drainTimeoutMs);
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
    refuse(request, response, format, tooLarge(bytesMax), options.drainTimeoutMs);
    return 0;
  }
  const reservation = options.budget.reserve();
  // A chunked body does not say its length; it takes more while it arrives.
  const expected = declared > 0 ? declared : BUDGET_STEP_BYTES;
  if (!reservation.take(expected) && !(await reservation.wait(expected))) {
    refuse(request, response, format, unavailable(NO_ROOM), options.drainTimeoutMs);
    return 0;
  }
  if (request.headers.expect !== undefined) response.writeContinue();
  // Handed from step to step, so that nothing holds on to a body while its answer waits for the disk.
  return readBody(request, bytesMax, reservation, options.watch)
    .then((read) => receive(read, format, encodingOf(request) === "gzip", reservation, options))
    .then((received) => answer(request, response, format, received, options))
    .finally(() => reservation.release());
}

/** What became of a request: the processor's outcome, or none because it did not get so far. */
type Received =
  | ExportOutcome
  | Exclude<BodyRead, { readonly kind: "body" }>
  | Exclude<Inflated, { readonly kind: "inflated" }>;

function receive(
  read: BodyRead,
  format: Format,
  isGzip: boolean,
  reservation: Reservation,
  options: HttpReceiverOptions,
): Promise<Received> | Received {
  if (read.kind !== "body") return read;
  const { body } = read;
  if (!isGzip) return ingestInflated(body, { kind: "inflated", raw: body }, format, options);
  const inflated = inflate(body, options.requestBytesMax ?? REQUEST_BYTES_MAX, reservation);
  return inflated instanceof Promise
    ? inflated.then((large) => ingestInflated(body, large, format, options))
    : ingestInflated(body, inflated, format, options);
}

function ingestInflated(
  body: Buffer,
  inflated: Inflated,
  format: Format,
  { ingest, jsonThread }: HttpReceiverOptions,
): Promise<Received> | Received {
  if (inflated.kind !== "inflated") return inflated;
  const { raw } = inflated;
  if (format === "json" && raw.length > JSON_INLINE_BYTES_MAX)
    return ingestLargeJson(raw, jsonThread, ingest);
  return ingest({ body, codec: body === raw ? "identity" : "gzip", raw, format });
}

async function ingestLargeJson(
  json: Buffer,
  jsonThread: JsonThread,
  ingest: Ingest,
): Promise<Received> {
  const conversion = await jsonThread.convert(json);
  if (conversion.kind === "malformed") return conversion;
  const body = Buffer.from(
    conversion.body.buffer,
    conversion.body.byteOffset,
    conversion.body.length,
  );
  const outcome = await ingest({ body, codec: "identity", raw: body, format: "protobuf" });
  if (outcome.kind !== "accepted") return outcome;
  return { ...outcome, message: [outcome.message, conversion.warning].filter(Boolean).join("; ") };
}

/** Returns how many spans were accepted. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  format: Format,
  received: Received,
  { onNotice, requestBytesMax = REQUEST_BYTES_MAX, drainTimeoutMs }: HttpReceiverOptions,
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
      refuse(request, response, format, tooLarge(requestBytesMax), drainTimeoutMs);
      return 0;
    case "no_room":
      refuse(request, response, format, unavailable(NO_ROOM), drainTimeoutMs);
      return 0;
    case "too_slow":
      refuse(request, response, format, TOO_SLOW, drainTimeoutMs);
      return 0;
    case "aborted":
      return 0;
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  format: Format | undefined,
  refusal: Refusal,
  drainTimeoutMs?: number,
): void {
  replyError(response, format, refusal);
  drain(request, drainTimeoutMs);
}

function drain(request: IncomingMessage, drainTimeoutMs = DRAIN_TIMEOUT_MS): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), drainTimeoutMs);
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
  request.resume();
}
