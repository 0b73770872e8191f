/**
 * The oracle of "acknowledged means durable": of every request, the answer is written after an fdatasync of the log that
 * began when all the request's bytes had been written to that log; and the log's own name is durable by then.
 *
 * Requests are known by a token that their bodies carry. Each connection has one request under way at a time, so what the
 * server writes to a connection after it read a token answers that request.
 */
import { dirname } from "node:path";
import { bytesOf, fileOf, type SystemCall } from "./strace.js";

export const ORDER_CALLS = [
  "read",
  "readv",
  "recvfrom",
  "recvmsg",
  "write",
  "writev",
  "pwrite64",
  "pwritev",
  "pwritev2",
  "sendto",
  "sendmsg",
  "fdatasync",
  "fsync",
  "openat",
  "rename",
  "renameat",
  "renameat2",
];

export interface OrderFindings {
  /** Answers that were judged. */
  readonly acknowledged: number;
  readonly fdatasyncs: number;
  readonly violations: readonly string[];
}

interface Written {
  readonly log: string;
  readonly ended: number;
}

const isRead = (name: string): boolean => name.startsWith("read") || name.startsWith("recv");
const isWrite = (name: string): boolean => /^p?write|^send/.test(name);

/** `tokens`: those that were acknowledged to the client. */
export function checkAckOrder(
  calls: readonly SystemCall[],
  tokens: ReadonlySet<string>,
  tokenPattern: RegExp,
): OrderFindings {
  const written = new Map<string, Written>();
  const asked = new Map<string, string>();
  const violations: string[] = [];
  const answered = new Set<string>();
  const syncs = calls.filter(({ name, result }) => name.endsWith("sync") && result === 0);
  for (const call of calls) {
    const file = fileOf(call);
    const isSocket = file.startsWith("socket:");
    if (isSocket && isRead(call.name)) {
      const token = tokenPattern.exec(bytesOf(call).toString("latin1"))?.[0];
      if (token !== undefined) asked.set(file, token);
    } else if (isSocket && isWrite(call.name) && isAnswer(bytesOf(call))) {
      const token = asked.get(file);
      if (token === undefined || answered.has(token) || !tokens.has(token)) continue;
      answered.add(token);
      const wrong = judge(call, written.get(token), syncs, calls);
      if (wrong !== undefined) violations.push(`${token}: ${wrong}`);
    } else if (file.endsWith(".jlog") && isWrite(call.name)) {
      for (const [token] of bytesOf(call)
        .toString("latin1")
        .matchAll(new RegExp(tokenPattern, "g")))
        written.set(token, { log: file, ended: call.ended });
    }
  }
  const fdatasyncs = syncs.filter(({ name }) => name === "fdatasync").length;
  for (const token of tokens)
    if (!answered.has(token)) violations.push(`${token}: no answer was seen`);
  return { acknowledged: answered.size, fdatasyncs, violations };
}

function judge(
  answer: SystemCall,
  written: Written | undefined,
  syncs: readonly SystemCall[],
  calls: readonly SystemCall[],
): string | undefined {
  if (written === undefined || written.ended > answer.began)
    return "answered before its bytes were written";
  const isBetween = (call: SystemCall, from: number): boolean =>
    call.began > from && call.ended < answer.began;
  if (!syncs.some((call) => fileOf(call) === written.log && isBetween(call, written.ended)))
    return "answered before an fdatasync that began after its bytes were written";
  const named = calls.findLast(
    (call) =>
      call.name.startsWith("rename") &&
      call.result === 0 &&
      call.ended < answer.began &&
      bytesOf(call).toString("latin1").endsWith(written.log),
  );
  if (named === undefined) return "the log was not seen to get its name";
  const folder = dirname(written.log);
  if (!syncs.some((call) => fileOf(call) === folder && isBetween(call, named.ended)))
    return "answered before the folder was synced after the log got its name";
  return undefined;
}

/** HTTP/1.1 200, or an HTTP/2 HEADERS frame that ends its stream: gRPC's trailers. */
function isAnswer(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 12) === "HTTP/1.1 200" || endsStream(bytes);
}

const FRAME_HEADER_BYTES = 9;
const HEADERS = 1;
const END_STREAM = 1;

/** A write of the server begins with a frame. */
function endsStream(bytes: Buffer): boolean {
  for (let at = 0; at + FRAME_HEADER_BYTES <= bytes.length; ) {
    if (bytes[at + 3] === HEADERS && ((bytes[at + 4] ?? 0) & END_STREAM) !== 0) return true;
    at += FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
  }
  return false;
}
