/** OTLP/HTTP out, in protobuf (OTLP specification, "OTLP/HTTP"). */
import { Agent as PlainAgent, type ClientRequest, request as plainRequest } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { readPartialSuccess, readStatus } from "../otlp/peer-reply.js";
import type { ForwardTarget } from "./forward-target.js";
import { httpOutcome, type SendOutcome } from "./send-outcome.js";
import {
  FORWARDED_HEADER,
  type OutgoingRequest,
  RESPONSE_BYTES_MAX,
  type Sender,
  type SenderIdentity,
} from "./sender.js";
import { isTlsSetUp, readTlsFiles } from "./tls-files.js";

const compress = promisify(gzip);

/** Speed before size: the way is short more often than not. */
const GZIP_LEVEL = 1;

/** A body that would not fill a packet is not worth compressing. Bytes. */
const GZIP_BYTES_MIN = 1024;

/** @throws Error when a certificate cannot be read. */
export function createHttpSender(
  target: ForwardTarget,
  { userAgent, storeId }: SenderIdentity,
): Sender {
  const agent = target.isSecure
    ? new SecureAgent({ keepAlive: true, minVersion: "TLSv1.2", ...readTlsFiles(target) })
    : new PlainAgent({ keepAlive: true });
  const send = target.isSecure ? secureRequest : plainRequest;
  const headers = {
    ...target.headers,
    "content-type": "application/x-protobuf",
    "user-agent": userAgent,
    [FORWARDED_HEADER]: storeId,
  };

  async function prepare({ body, codec }: OutgoingRequest): Promise<OutgoingRequest> {
    if (codec === "gzip" || target.compression !== "gzip" || body.length < GZIP_BYTES_MIN)
      return { body, codec };
    return { body: await compress(body, { level: GZIP_LEVEL }), codec: "gzip" };
  }

  return {
    takesGzip: target.compression !== "none",
    async send(outgoing) {
      const { body, codec } = await prepare(outgoing);
      const options: RequestOptions = {
        method: "POST",
        agent,
        headers: {
          ...headers,
          "content-length": body.length,
          ...(codec === "gzip" ? { "content-encoding": "gzip" } : {}),
        },
        signal: AbortSignal.timeout(target.timeoutMs),
      };
      try {
        const response = await answerOf(send(target.address, options), body);
        return await outcomeOf(response);
      } catch (error) {
        return failure(error, target.timeoutMs);
      }
    },
    close: () => agent.destroy(),
  };
}

function answerOf(request: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    request.end(body);
  });
}

async function outcomeOf(response: IncomingMessage): Promise<SendOutcome> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > RESPONSE_BYTES_MAX) {
      response.destroy();
      const reason = `the answer is longer than ${RESPONSE_BYTES_MAX} bytes`;
      return { kind: "refused", code: "answer too long", reason };
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300)
    return {
      kind: "accepted",
      ...readPartialSuccess(isProtobuf(response) ? body : Buffer.alloc(0)),
    };
  const message = isProtobuf(response) ? readStatus(body).message : firstLine(body);
  return httpOutcome(status, message, response.headers["retry-after"], Date.now());
}

function isProtobuf({ headers }: IncomingMessage): boolean {
  return headers["content-type"]?.startsWith("application/x-protobuf") === true;
}

const MESSAGE_LENGTH_MAX = 200;

function firstLine(body: Buffer): string {
  return (body.toString("utf8", 0, 4 * MESSAGE_LENGTH_MAX).split("\n", 1)[0] ?? "")
    .trim()
    .slice(0, MESSAGE_LENGTH_MAX);
}

function failure(error: unknown, timeoutMs: number): SendOutcome {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError")
    return { kind: "retry", reason: `no answer within ${timeoutMs} ms`, afterMs: 0 };
  if (isTlsSetUp(code, message)) return { kind: "blocked", reason: message };
  return {
    kind: "retry",
    reason: message === "" ? (code ?? "connection failed") : message,
    afterMs: 0,
  };
}
