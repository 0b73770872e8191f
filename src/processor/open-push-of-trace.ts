/**
 * Whether an attempt that names no job may be told by the push of its trace: only where one job alone was pushed there and has
 * no attempt. Remembered by trace, because every job of a bulk push asks of the same one.
 */
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { readBatches } from "./read-batches.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { SCAN_EACH_TIME } from "./span-source.js";
import { attemptJid } from "./span-ancestry.js";

/** A key holds the numbers of up to sixteen batches: about 250 bytes each. */
const TRACES_MAX = 10_000;

/** "any": not all of it could be read, so the job's own reading decides. */
type OpenPush = { readonly kind: "one"; readonly jid: string } | { readonly kind: "none" | "any" };

const known = new WeakMap<JobStoreReader, Map<string, OpenPush>>();

/** `lsns`: the trace's batches. False: among its spans none would be an attempt of `jid`, told by the push. */
export async function mayBeOnlyOpenPush(
  reader: JobStoreReader,
  jid: string,
  traceId: TraceId,
  lsns: readonly Lsn[],
): Promise<boolean> {
  const open = await openPushOf(reader, traceId, lsns);
  return open.kind === "one" ? open.jid === jid : open.kind === "any";
}

async function openPushOf(
  reader: JobStoreReader,
  traceId: TraceId,
  lsns: readonly Lsn[],
): Promise<OpenPush> {
  const traces = known.get(reader) ?? new Map<string, OpenPush>();
  known.set(reader, traces);
  // With its batches, for a trace that has grown is another one.
  const key = `${traceId} ${lsns.join(" ")}`;
  const remembered = traces.get(key);
  if (remembered !== undefined) return remembered;
  const wanted = { lsns, named: new Set<Lsn>(), traceIds: new Set([traceId]) };
  const { nodes, batches, unread } = await readBatches(reader, wanted, SCAN_EACH_TIME);
  if (unread > 0 || batches.size < lsns.length) return { kind: "any" };
  const open = onlyOpen(nodes);
  // The first key of a Map is the oldest.
  const oldest = traces.size >= TRACES_MAX ? traces.keys().next().value : undefined;
  if (oldest !== undefined) traces.delete(oldest);
  traces.set(key, open);
  return open;
}

function onlyOpen(nodes: readonly ScannedNode[]): OpenPush {
  const attempted = new Set(nodes.map(attemptJid));
  const open = new Set<string>();
  for (const { job } of nodes)
    if (job?.role === "enqueue" && !attempted.has(job.jid)) open.add(job.jid);
  const [jid] = open;
  return jid === undefined || open.size > 1 ? { kind: "none" } : { kind: "one", jid };
}
