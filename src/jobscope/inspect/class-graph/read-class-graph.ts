/** Out of the store: the jobs that a filter wants, and who pushed each. */
import { createEnqueuerFinder } from "../../../processor/find-enqueuers.js";
import { keepSpans } from "../../../processor/kept-spans.js";
import type { ClassGraphDocument } from "../../model/class-graph/class-graph-document.js";
import {
  CLASS_GRAPH_LIMITS,
  type ClassGraphLimits,
  createClassGraph,
} from "../../model/class-graph/collect-class-graph.js";
import type { Enqueuer } from "../../model/class-graph/enqueuer.js";
import type { FoundRow, JobStoreReader } from "../../store/job-store.js";
import { keepBatches } from "../../store/keep-batches.js";
import type { JobFilter } from "../job-filter.js";
import type { Looking } from "../job-list.js";
import { matchedJobs } from "../matched-jobs.js";
import { createJobsReader } from "../read-jobs.js";

/** Inflated: jobs of one time lie in the same batches. Bytes. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

export interface ClassGraphReading extends Looking {
  readonly filter: JobFilter;
  readonly limits?: ClassGraphLimits;
}

/** All of it from the store as it is when it begins: looking anew for each of many questions costs more than answering them. */
export async function readClassGraph(
  store: JobStoreReader,
  reading: ClassGraphReading,
): Promise<ClassGraphDocument> {
  const snapshot = store.snapshot();
  try {
    return await readFrom(snapshot, reading);
  } finally {
    await snapshot.close();
  }
}

async function readFrom(
  source: JobStoreReader,
  { filter, limits = CLASS_GRAPH_LIMITS, ...looking }: ClassGraphReading,
): Promise<ClassGraphDocument> {
  const reader = keepBatches(source, KEPT_BYTES_MAX);
  const findEnqueuer = createEnqueuerFinder(reader, keepSpans());
  const graph = createClassGraph(limits);
  for await (const { summary } of matchedJobs(source, createJobsReader(source), filter, looking)) {
    const pushes: Enqueuer[] = [];
    for (const row of pushesOf(await source.findRows(summary.jid)))
      pushes.push(await findEnqueuer(row));
    graph.add(summary, pushes);
  }
  const { newest } = await source.info();
  return graph.document(newest);
}

/** Each push once, oldest first; a batch that was sent twice has its rows twice. */
function pushesOf(rows: readonly FoundRow[]): readonly FoundRow[] {
  const pushes = rows.filter(({ role }) => role === "enqueue");
  const bySpan = new Map(pushes.map((row) => [row.traceId + row.spanId, row]));
  return [...bySpan.values()].sort((a, b) => {
    if (a.start !== b.start) return a.start < b.start ? -1 : 1;
    return a.spanId < b.spanId ? -1 : 1;
  });
}
