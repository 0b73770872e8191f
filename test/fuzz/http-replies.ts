/** Reads HTTP/1.1 answers out of raw bytes, and says what about them is not as it must be. */
import { google } from "../../src/otlp/generated/otlp.js";

export interface RawReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What OTLP/HTTP, this server and Node's own parser answer. 500 would be a mistake of ours. */
const STATUSES = [100, 200, 400, 403, 404, 405, 408, 413, 415, 417, 431, 503];

/** Whole answers; `rest`: bytes that are none, or not yet. */
export function parseReplies(bytes: Buffer): {
  readonly replies: readonly RawReply[];
  readonly rest: Buffer;
} {
  const replies: RawReply[] = [];
  let at = 0;
  for (;;) {
    const headEnd = bytes.indexOf("\r\n\r\n", at);
    if (headEnd === -1) break;
    const [first = "", ...lines] = bytes.toString("latin1", at, headEnd).split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1];
    if (status === undefined) break;
    const headers = new Map(lines.map(headerOf));
    const bodyAt = headEnd + 4;
    const end = bodyAt + Number(headers.get("content-length") ?? 0);
    if (end > bytes.length) break;
    replies.push({ status: Number(status), headers, body: bytes.subarray(bodyAt, end) });
    at = end;
  }
  return { replies, rest: bytes.subarray(at) };
}

/** Those that end a request. */
export function finalReplies(bytes: Buffer): readonly RawReply[] {
  return parseReplies(bytes).replies.filter(({ status }) => status !== 100);
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** undefined: nothing is wrong. `isCut`: the connection may have ended within an answer. */
export function whatIsWrong(received: Buffer, isCut: boolean): string | undefined {
  const { replies, rest } = parseReplies(received);
  if (rest.length > 0 && !isCut) return `bytes that are no answer: ${rest.toString("latin1")}`;
  for (const { status, headers, body } of replies) {
    if (!STATUSES.includes(status)) return `answered ${status}: ${body.toString("latin1")}`;
    const type = headers.get("content-type");
    // Node refuses what is no HTTP by itself, and then without a body.
    if (status < 400 || (type === undefined && body.length === 0)) continue;
    if (!isStatus(type, body)) return `answered ${status} without a google.rpc.Status`;
  }
  return undefined;
}

function isStatus(type: string | undefined, body: Buffer): boolean {
  if (type !== "application/json" && type !== "application/x-protobuf") return false;
  const { code, message } = (
    type === "application/json" ? JSON.parse(body.toString()) : google.rpc.Status.decode(body)
  ) as { readonly code: number; readonly message: string };
  return code > 0 && message.length > 0;
}
