/**
 * Whether an attempt that names no job may be told by the push of its trace: only where one job alone was pushed there and has
 * no attempt. Remembered by trace, because every job of a bulk push asks of the same one.
 */
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { openPushes } from "./only-open-push.js";
import { readBatches } from "./read-batches.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { SCAN_EACH_TIME } from "./span-source.js";

/** A key holds the numbers of up to sixteen batches: about 250 bytes each. */
const TRACES_MAX = 10_000;

/** By reader, and by trace: the one job that was pushed there and has no attempt. undefined: none, or several. */
const known = new WeakMap<JobStoreReader, Map<string, string | undefined>>();

/** `lsns`: the trace's batches. False: among its spans none would be an attempt of `jid`, told by the push. */
export async function mayBeOnlyOpenPush(
  reader: JobStoreReader,
  jid: string,
  traceId: TraceId,
  lsns: readonly Lsn[],
): Promise<boolean> {
  const traces = known.get(reader) ?? new Map<string, string | undefined>();
  known.set(reader, traces);
  // With its batches, for a trace that has grown is another one.
  const key = `${traceId} ${lsns.join(" ")}`;
  if (traces.has(key)) return traces.get(key) === jid;
  const wanted = { lsns, named: new Set<Lsn>(), traceIds: new Set([traceId]) };
  const { nodes, batches } = await readBatches(reader, wanted, SCAN_EACH_TIME);
  // Not all of it could be read, so the job's own reading decides.
  if (batches.size < lsns.length) return true;
  // The first key of a Map is the oldest.
  const oldest = traces.size >= TRACES_MAX ? traces.keys().next().value : undefined;
  if (oldest !== undefined) traces.delete(oldest);
  const only = onlyOpen(nodes, traceId);
  traces.set(key, only);
  return only === jid;
}

function onlyOpen(nodes: readonly ScannedNode[], traceId: TraceId): string | undefined {
  const pushes = openPushes(nodes).get(traceId) ?? [];
  const jids = new Set(pushes.flatMap(({ job }) => (job?.role === "enqueue" ? [job.jid] : [])));
  const [jid] = jids;
  return jids.size === 1 ? jid : undefined;
}
