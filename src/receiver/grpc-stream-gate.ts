/**
 * What a call passes before grpc-js sees it.
 *
 * - A stream that is dead already is not handed on. A connection that breaks HTTP/2 is destroyed with its streams at
 *   once, and grpc-js 1.14.7 learns of a new stream one tick later; a call that it turns away by itself it then answers
 *   without looking, Node throws ERR_HTTP2_INVALID_STREAM, and nothing above catches that.
 * - A call without the token that is asked for is refused before its message is read. Probes need none.
 * - The length of the message stands before it, so its bytes are reserved before they are read.
 * - gzip stays as it came: grpc-js would inflate it without a budget, and the store keeps what was sent.
 * - A message that comes too slowly, or never ends, is cut off; grpc-js has no such limit.
 *
 * grpc-js has no place for this: an interceptor comes too late for the first and does not see the message of the second.
 * So its stream handler is wrapped, which is private; that it exists is checked at the start, and its version is pinned.
 */
import { type Server, status } from "@grpc/grpc-js";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { statusProtobuf } from "../otlp/export-reply.js";
import type { BodyWatch, WatchedBody } from "./body-watch.js";
import type { ByteBudget, Reservation } from "./byte-budget.js";
import { NO_ROOM } from "./http-reply.js";
import { retryAfterSeconds } from "./retry-after.js";
import { NEEDS_TOKEN, type SenderTokens } from "./sender-tokens.js";
import type { StreamWatch } from "./stream-watch.js";

/** What the gate found out about a call. */
export interface Admission {
  /** Whether the message is still compressed. */
  readonly isGzip: boolean;
  readonly reservation: Reservation;
  /** Whether the call was answered already, or its sender is gone: grpc-js calls the handler all the same. */
  readonly isOver: () => boolean;
}

export interface StreamGateOptions {
  readonly budget: ByteBudget;
  readonly watch: BodyWatch;
  readonly streams: StreamWatch;
  readonly requestBytesMax: number;
  readonly tokens?: SenderTokens | undefined;
}

export interface StreamGate {
  /** Of the call with this ticket; whoever takes it releases its reservation. */
  admissionOf(ticket: string): Admission | undefined;
}

type StreamHandler = (
  interceptors: unknown,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
) => void;

/** Only what is used when channelz is off. */
const HANDLER = "_streamHandler";
export const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
/** Tells a handler which admission is its call's; a sender's own header of this name is overwritten. */
export const TICKET_HEADER = "jobtrace-ticket";
/** A flag for "compressed", and the length in four bytes (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

/** Call before the server is given an injector. @throws Error when grpc-js is built in another way. */
export function gateStreams(server: Server, options: StreamGateOptions): StreamGate {
  const admissions = new Map<string, Admission>();
  let lastTicket = 0;
  const internals = server as unknown as Record<string, StreamHandler | undefined>;
  const handle = internals[HANDLER];
  if (handle === undefined) throw new Error(`cannot guard grpc-js: it has no ${HANDLER}`);

  internals[HANDLER] = (interceptors, stream, headers) => {
    // Its error is told to whoever listens, and would end the process if nobody did.
    stream.on("error", () => undefined);
    if (!stream.destroyed) options.streams.add(stream);
    const pass = (): void => {
      if (!stream.destroyed) handle.call(server, interceptors, stream, headers);
    };
    delete headers[TICKET_HEADER];
    const isProbe = headers[":path"] === HEALTH_CHECK;
    if (!isProbe && options.tokens?.accepts(headers.authorization) === false) {
      refuseStream(stream, status.UNAUTHENTICATED, NEEDS_TOKEN);
      return;
    }
    if (stream.destroyed || stream.endAfterHeaders || !isGrpc(headers)) {
      pass();
      return;
    }
    const body = watchBody(stream, options.watch);
    onPrefix(stream, (isCompressed, length) => {
      body.expect(PREFIX_BYTES + length);
      // grpc-js refuses it by its length alone.
      if (length > options.requestBytesMax) {
        pass();
        return;
      }
      const isGzip = isCompressed && headers["grpc-encoding"] === "gzip";
      const reservation = options.budget.reserve();
      const admit = (): void => {
        const ticket = String(++lastTicket);
        const isOver = (): boolean => stream.closed || stream.destroyed;
        admissions.set(ticket, { isGzip, reservation, isOver });
        stream.once("close", () => {
          if (admissions.delete(ticket)) reservation.release();
        });
        headers[TICKET_HEADER] = ticket;
        if (isGzip) headers["grpc-encoding"] = "identity";
        pass();
      };
      // What grpc-js inflates itself may become as large as any request.
      const bytes = isCompressed && !isGzip ? options.requestBytesMax : length;
      if (reservation.take(bytes)) admit();
      else
        void reservation.wait(bytes).then((isTaken) => {
          if (stream.destroyed) reservation.release();
          else if (isTaken) admit();
          else refuseStream(stream, status.UNAVAILABLE, NO_ROOM, retryAfterSeconds());
        });
    });
  };
  return {
    admissionOf(ticket) {
      const admission = admissions.get(ticket);
      admissions.delete(ticket);
      return admission;
    },
  };
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers["content-type"]?.startsWith("application/grpc") ?? false;
}

/** Puts back what it read. A call without a message is answered here. */
function onPrefix(
  stream: ServerHttp2Stream,
  onRead: (isCompressed: boolean, length: number) => void,
): void {
  let head: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < PREFIX_BYTES) return;
    stream.pause();
    stream.off("data", onData);
    stream.off("end", onEnd);
    stream.unshift(head);
    onRead(head[0] === 1, head.readUInt32BE(1));
  };
  const onEnd = (): void => {
    refuseStream(stream, status.UNIMPLEMENTED, "the call has no message: Export takes one");
  };
  stream.on("data", onData);
  stream.once("end", onEnd);
}

/** Counts what arrives once the prefix is known, and cuts off what is slow or more than one message. */
function watchBody(stream: ServerHttp2Stream, watch: BodyWatch): { expect(bytes: number): void } {
  let received = 0;
  const body: WatchedBody = {
    received: () => received,
    cutOff: () =>
      refuseStream(
        stream,
        status.DEADLINE_EXCEEDED,
        "the message came too slowly: it was given up",
      ),
  };
  watch.add(body);
  const done = (): void => watch.delete(body);
  stream.once("end", done);
  stream.once("close", done);
  return {
    expect(bytes) {
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received > bytes)
          refuseStream(stream, status.UNIMPLEMENTED, "the call has two messages: Export takes one");
      });
      // Listening must not start the flow: grpc-js does, when its handler is ready.
      stream.pause();
    },
  };
}

/** Answers in place of grpc-js, and reads no more. */
function refuseStream(
  stream: ServerHttp2Stream,
  code: status,
  message: string,
  retryAfter?: number,
): void {
  if (stream.destroyed || stream.closed) return;
  if (!stream.headersSent) {
    const error = {
      code,
      message,
      ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
    };
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc+proto",
        "grpc-status": code,
        "grpc-message": encodeURIComponent(message),
        "grpc-status-details-bin": Buffer.from(statusProtobuf(error)).toString("base64"),
      },
      { endStream: true },
    );
  }
  // A whole answer may be followed by a reset that says nothing is wrong (RFC 9113, 8.1): the sender stops sending.
  stream.close(constants.NGHTTP2_NO_ERROR);
}
