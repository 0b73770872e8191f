/** Spans as a peer gets them in mode job, and those that a store has of a job. */
import { parseJid } from "../../src/jobscope/model/ids.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import type { OtlpSpan } from "../../src/otlp/decode.js";
import { readJobTrace } from "../../src/processor/read-job-trace.js";

/** Hex ids of every span of the job that was recorded: its enqueues, and its attempts with all that is in them. */
export async function spanIdsOf(reader: JobStoreReader, text: string): Promise<readonly string[]> {
  const jid = parseJid(text);
  const trace = jid && (await readJobTrace(reader, jid));
  if (trace === undefined) return [];
  // What is only inferred is not sent: it could not be taken back.
  const sure = trace.attempts.filter(({ knownBy }) => knownBy !== "only_open_push");
  const spans = sure.flatMap(({ root, activeJob, start, spans: members }) => [
    root,
    activeJob,
    start,
    ...members,
  ]);
  const all = [...trace.enqueues.map(({ span }) => span), ...spans];
  return [...new Set(all.flatMap((span) => (span === undefined ? [] : [span.spanId as string])))];
}

export type ForwardedSpan = Pick<OtlpSpan, "attributes">;

/** Made by the forwarder: no sender's span has this id's origin as an attribute. */
export function isMade(span: ForwardedSpan): boolean {
  return attribute(span, "jobtrace.original.span_id") === undefined;
}

export function attribute({ attributes }: ForwardedSpan, key: string): unknown {
  const value = attributes.find((pair) => pair.key === key)?.value;
  return value?.stringValue ?? value?.intValue ?? undefined;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
