/**
 * The oracle of "acknowledged means durable": of every request, the answer is written after an fdatasync of the log that
 * began when all the request's bytes had been written to that log; and the log's own name is durable by then. Whatever gets
 * the name of a log, when it is begun and when it is written anew, is durable before it gets it.
 *
 * Requests are known by a token that their bodies carry. Each connection has one request under way at a time, so what the
 * server writes to a connection after it read a token answers that request.
 */
import { dirname } from "node:path";
import { bytesOf, fileOf, textsOf, type SystemCall } from "./strace.js";

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

/** A file that got the name of a log. */
interface Naming {
  readonly call: SystemCall;
  readonly from: string;
  readonly to: string;
}

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
  for (const naming of namings(calls)) {
    const wrong = judgeNaming(naming, syncs, calls);
    if (wrong !== undefined) violations.push(`${naming.to}: ${wrong}`);
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
  // The first name is what a power loss would take away. A log that was written anew takes the same name later, and
  // either file holds the request: that one is durable before it gets the name is judged by itself.
  const named = namings(calls).find(({ to }) => to === written.log);
  if (named === undefined || named.call.ended > answer.began)
    return "the log was not seen to get its name";
  if (
    !syncs.some(
      (call) => fileOf(call) === dirname(written.log) && isBetween(call, named.call.ended),
    )
  )
    return "answered before the folder was synced after the log got its name";
  return undefined;
}

function namings(calls: readonly SystemCall[]): readonly Naming[] {
  return calls.flatMap((call) => {
    if (!call.name.startsWith("rename") || call.result !== 0) return [];
    const [from = "", to = ""] = textsOf(call).map((text) => text.toString("latin1"));
    return to.endsWith(".jlog") ? [{ call, from, to }] : [];
  });
}

/** A log that is written anew holds what was acknowledged long ago, so no answer can tell whether it is safe. */
function judgeNaming(
  { call, from }: Naming,
  syncs: readonly SystemCall[],
  calls: readonly SystemCall[],
): string | undefined {
  const last = calls.findLast(
    (other) => isWrite(other.name) && fileOf(other) === from && other.began < call.began,
  );
  const isSynced = syncs.some(
    (sync) => fileOf(sync) === from && sync.began > (last?.ended ?? -1) && sync.ended < call.began,
  );
  return last !== undefined && isSynced ? undefined : "got its name before its bytes were synced";
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
