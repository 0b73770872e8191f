/**
 * OTLP/HTTP: `POST /v1/traces`, `/v1/logs` and `/v1/metrics` in protobuf or JSON, plain or gzip (OTLP specification,
 * "OTLP/HTTP").
 *
 * What can be refused is refused before the body is read: path, method, host, types, size, room. The body of a
 * refused request is still taken from the socket and thrown away, because a client that is cut off while it sends
 * never sees the answer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { STATUS } from "../otlp/export-reply.js";
import {
  type ExportOutcome,
  type ExportSignal,
  type Ingest,
  metricsOutcome,
} from "../processor/ingest.js";
import type { BodyWatch } from "./body-watch.js";
import { type ByteBudget, type Reservation, releaseWhenFree } from "./byte-budget.js";
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
  refuseOwn,
  refuseTarget,
  SIGNAL_PATHS,
  TOO_SLOW,
  tooLarge,
  unavailable,
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
  readonly health?: () => Promise<readonly string[]>;
  readonly storeId?: string | undefined;
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
      if (stranger === undefined) await greet(request, response, options, spanCount);
      else greetProbe(request, response, options);
      return;
    }
    const page = stranger === undefined && isLook ? await options.page?.(path) : undefined;
    if (page !== undefined) {
      show(request, response, page);
      return;
    }
    const format = formatOf(request);
    const refusal =
      stranger ??
      refuseTarget(request, path, format, options.onNotice) ??
      refuseOwn(request, options.storeId);
    if (refusal !== undefined) {
      refuse(request, response, format, refusal, options.drainTimeoutMs);
      return;
    }
    const kind: Kind = {
      signal: SIGNAL_PATHS[path] ?? "traces",
      format: format ?? "protobuf",
    };
    const acceptedCount = await takeExport(request, response, kind, options);
    if (kind.signal === "traces") spanCount += acceptedCount;
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

/** What a request says that it is. */
interface Kind {
  readonly signal: ExportSignal;
  readonly format: Format;
}

/** Returns how many spans or log records were accepted. */
async function takeExport(
  request: IncomingMessage,
  response: ServerResponse,
  kind: Kind,
  options: HttpReceiverOptions,
): Promise<number> {
  const { format } = kind;
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
    .then((read) => receive(read, kind, encodingOf(request) === "gzip", reservation, options))
    .then(
      (received) => {
        releaseWhenFree(received, reservation);
        return answer(request, response, kind, received, options);
      },
      (error: unknown) => {
        reservation.release();
        throw error;
      },
    );
}

/** What became of a request: the processor's outcome, or none because it did not get so far. */
type Received =
  | ExportOutcome
  | Exclude<BodyRead, { readonly kind: "body" }>
  | Exclude<Inflated, { readonly kind: "inflated" }>;

function receive(
  read: BodyRead,
  kind: Kind,
  isGzip: boolean,
  reservation: Reservation,
  options: HttpReceiverOptions,
): Promise<Received> | Received {
  if (read.kind !== "body") return read;
  const { body } = read;
  if (!isGzip) return ingestInflated(body, { kind: "inflated", raw: body }, kind, options);
  const inflated = inflate(body, options.requestBytesMax ?? REQUEST_BYTES_MAX, reservation);
  return inflated instanceof Promise
    ? inflated.then((large) => ingestInflated(body, large, kind, options))
    : ingestInflated(body, inflated, kind, options);
}

function ingestInflated(
  body: Buffer,
  inflated: Inflated,
  { signal, format }: Kind,
  { ingest, jsonThread }: HttpReceiverOptions,
): Promise<Received> | Received {
  if (inflated.kind !== "inflated") return inflated;
  const { raw } = inflated;
  if (format === "json" && raw.length > JSON_INLINE_BYTES_MAX)
    return ingestLargeJson(raw, signal, jsonThread, ingest);
  return ingest({ signal, body, codec: body === raw ? "identity" : "gzip", raw, format });
}

async function ingestLargeJson(
  json: Buffer,
  signal: ExportSignal,
  jsonThread: JsonThread,
  ingest: Ingest,
): Promise<Received> {
  if (signal === "metrics") return metricsOutcome(await jsonThread.countDataPoints(json));
  const conversion = await jsonThread.convert(json, signal);
  if (conversion.kind === "malformed") return conversion;
  const body = Buffer.from(
    conversion.body.buffer,
    conversion.body.byteOffset,
    conversion.body.length,
  );
  const outcome = await ingest({ signal, body, codec: "identity", raw: body, format: "protobuf" });
  if (outcome.kind !== "accepted") return outcome;
  return { ...outcome, message: [outcome.message, conversion.warning].filter(Boolean).join("; ") };
}

/** Returns how many spans or log records were accepted. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { signal, format }: Kind,
  received: Received,
  { onNotice, requestBytesMax = REQUEST_BYTES_MAX, drainTimeoutMs }: HttpReceiverOptions,
): number {
  switch (received.kind) {
    case "accepted": {
      if (signal === "metrics") onNotice({ kind: "signal_not_kept", signal });
      else onNotice({ kind: "sender", userAgent: request.headers["user-agent"] ?? "" });
      const { rejectedCount: rejected, message, acceptedCount } = received;
      replySuccess(response, format, { rejected, message }, signal);
      return acceptedCount;
    }
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
