/** The ids of a job's trace: the same for the same job whenever and wherever they are made. */
import { createHash } from "node:crypto";
import { jobTraceId } from "../jobscope/model/document/job-trace-id.js";

/** 16 bytes. */
export function traceIdOfJob(jid: string): Buffer {
  return Buffer.from(jobTraceId(jid), "hex");
}

/**
 * 8 bytes, for a span that nobody sent. `what`: which one of the job's. Never all zero: the first bit is set, which also
 * keeps it apart from half of the ids that senders draw.
 */
export function madeSpanId(jid: string, what: string): Buffer {
  const id = createHash("sha256").update(`${what}\0${jid}`).digest().subarray(0, 8);
  id[0] = (id[0] ?? 0) | 0x80;
  return id;
}
