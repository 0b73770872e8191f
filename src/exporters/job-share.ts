/** What a chunk adds to one job: its spans that belong to the job now and did not before the chunk. */
import type { TraceId } from "../jobscope/model/ids.js";
import type { FoundRow, JobStoreReader } from "../jobscope/store/job-store.js";
import { groupJob, type JobGroup, nodesOfAttempt } from "../processor/job-grouping.js";
import type { ScannedNode } from "../processor/scanned-nodes.js";
import type { ChunkBatches } from "./chunk-batches.js";

export interface JobShare {
  readonly jid: string;
  readonly rows: readonly FoundRow[];
  /** The job as it is known at the end of the chunk. */
  readonly group: JobGroup<ScannedNode>;
  /** To be sent now. */
  readonly added: ReadonlySet<ScannedNode>;
}

const NO_GROUP: JobGroup<ScannedNode> = { enqueues: [], attempts: [], outside: [] };

/** undefined: no record before the chunk's end names this job. */
export async function shareOf(
  reader: JobStoreReader,
  jid: string,
  chunk: ChunkBatches,
): Promise<JobShare | undefined> {
  const rows = (await reader.findRows(jid)).filter(
    ({ role, lsn }) => lsn < chunk.end && role !== "alias" && role !== "active_job_enqueue",
  );
  if (rows.length === 0) return undefined;
  const traceIds = new Set<TraceId>(rows.map(({ traceId }) => traceId));
  const nodes: ScannedNode[] = [];
  for (const traceId of traceIds) nodes.push(...(await chunk.nodesOf(traceId)));
  const earlier = nodes.filter(({ lsn }) => lsn < chunk.from);
  const group = groupJob(jid, nodes);
  const before = earlier.length === 0 ? NO_GROUP : groupJob(jid, earlier);
  const sent = new Set(nodesOfGroup(before));
  const added = new Set(nodesOfGroup(group).filter((node) => !sent.has(node)));
  return { jid, rows, group, added };
}

function nodesOfGroup({ enqueues, attempts }: JobGroup<ScannedNode>): readonly ScannedNode[] {
  return [...enqueues.map(({ node }) => node), ...attempts.flatMap(nodesOfAttempt)];
}
