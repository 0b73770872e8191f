/**
 * Batches of 512 spans in the shape that a real Sidekiq sent, each with ids of its own: recorded bodies whose trace
 * ids, span ids, jids and times are changed in place, so that sizes and everything else stay as recorded.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { eventTimeAt } from "../src/otlp/event-time.js";
import { createTraceScanner } from "../src/otlp/trace-scan.js";

/** Concatenated protobuf requests are one request; these three hold 512 spans, the SDKs' batch. */
const FILES = ["001", "002", "003"];

/** Whose values are ids of jobs: jids, and the UUIDs that ActiveJob gives. */
const ID_KEYS = [
  "messaging.message_id",
  "messaging.message.id",
  "messaging.active_job.message.provider_job_id",
];
/** Events whose times are those of the payload. */
const QUEUE_EVENTS = ["created_at", "enqueued_at"].map((name) => Buffer.from(name));

const JID_LENGTH = 24;
const UUID_LENGTH = 36;

export interface RecordedBatch {
  readonly raw: Buffer;
  readonly spanCount: number;
  readonly jids: readonly string[];
}

/** Each call gives other ids, and times a second later. */
export type BatchMaker = () => RecordedBatch;

export function createBatchMaker(): BatchMaker {
  const folder = fileURLToPath(new URL("../../demo/", import.meta.url));
  const template = Buffer.concat(
    FILES.map((name) => gunzipSync(readFileSync(`${folder}${name}.pb.gz`))),
  );
  const scan = createTraceScanner(ID_KEYS);
  let later = 0n;
  return () => {
    later += 1_000_000_000n;
    const raw = Buffer.from(template);
    const result = scan(raw);
    if (result.kind === "malformed")
      throw new Error(`cannot scan the recorded batch: ${result.reason}`);
    const { spans, spanCount, hits, hitCount } = result.scan;
    const mask = randomBytes(16);
    for (let i = 0; i < spanCount; i++) {
      mix(raw, spans.traceIdAt[i] ?? 0, 16, mask);
      mix(raw, spans.spanIdAt[i] ?? 0, 8, mask);
      const parent = spans.parentIdAt[i] ?? 0;
      if (parent !== 0) mix(raw, parent, 8, mask);
      const events = QUEUE_EVENTS.map((name) => eventTimeAt(result.scan, i, name));
      for (const at of [spans.startAt[i] ?? 0, spans.endAt[i] ?? 0, ...events])
        if (at !== 0) raw.writeBigUInt64LE(raw.readBigUInt64LE(at) + later, at);
    }
    const jids = new Set<string>();
    for (let i = 0; i < hitCount; i++) {
      const at = hits.valueAt[i] ?? 0;
      const length = hits.valueLength[i] ?? 0;
      if (length !== JID_LENGTH && length !== UUID_LENGTH) continue;
      const id = mixedId(raw.toString("latin1", at, at + length), mask);
      raw.write(id, at, "latin1");
      if (length === JID_LENGTH) jids.add(id);
    }
    return { raw, spanCount, jids: [...jids] };
  };
}

/** Other hex digits in the same places. */
function mixedId(id: string, mask: Buffer): string {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  mix(bytes, 0, bytes.length, mask);
  const digits = bytes.toString("hex");
  let at = 0;
  return id.replaceAll(/[^-]/g, () => digits.charAt(at++));
}

function mix(bytes: Buffer, at: number, length: number, mask: Buffer): void {
  for (let i = 0; i < length; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ (mask[i] ?? 0);
}
