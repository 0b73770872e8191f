/**
 * Who pushed, for many pushes: from the light nodes of their traces, of which only the spans of requests are decoded, for
 * what they are called. By the same rules as the document of one job.
 */
import type { Enqueuer } from "../jobscope/model/class-graph/enqueuer.js";
import { requestTitle } from "../jobscope/model/document/enqueued-by.js";
import type { TraceId } from "../jobscope/model/ids.js";
import type { FoundRow, JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { inTimeOrder, pushedBy } from "./job-grouping.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { createForest, type Forest } from "./span-ancestry.js";
import type { SpanSource } from "./span-source.js";

/** A trace in more batches is not read for this: some hundred thousand spans. */
const TRACE_BATCHES_MAX = 512;
/** Of the traces that were looked at last: jobs of one time were pushed in the same ones. About 500 bytes each. */
const KEPT_NODES_MAX = 20_000;

export type FindEnqueuer = (push: Pick<FoundRow, "traceId" | "spanId">) => Promise<Enqueuer>;

interface KnownTrace {
  readonly forest: Forest<ScannedNode>;
  readonly nodes: ReadonlyMap<string, ScannedNode>;
  /** By span id. */
  readonly titles: Map<string, Enqueuer>;
}

export function createEnqueuerFinder(reader: JobStoreReader, source: SpanSource): FindEnqueuer {
  /** In order of last use. */
  const traces = new Map<TraceId, KnownTrace | "too_large">();
  let nodeCount = 0;

  async function traceOf(traceId: TraceId): Promise<KnownTrace | "too_large"> {
    const known = traces.get(traceId) ?? (await readTrace(traceId, reader, source));
    const isNew = !traces.delete(traceId);
    traces.set(traceId, known);
    if (isNew) nodeCount += sizeOf(known);
    for (const [oldest, trace] of traces) {
      if (nodeCount <= KEPT_NODES_MAX || oldest === traceId) break;
      traces.delete(oldest);
      nodeCount -= sizeOf(trace);
    }
    return known;
  }

  return async ({ traceId, spanId }) => {
    const trace = await traceOf(traceId);
    if (trace === "too_large") return { kind: "not_looked_for" };
    const node = trace.nodes.get(spanId);
    if (node === undefined) return { kind: "not_received" };
    const { by, parentMissing, activeJobId } = pushedBy(node, trace.forest);
    if (by === undefined) return { kind: parentMissing ? "not_received" : "none" };
    if (by.job?.role === "attempt" || by.job?.role === "active_job_attempt") {
      const { jid, jobClass } = by.job;
      const own = "activeJobId" in by.job ? by.job.activeJobId : undefined;
      return { kind: "job", jid, jobClass, isRetry: own !== undefined && own === activeJobId };
    }
    const title = trace.titles.get(by.spanId) ?? (await titled(by, reader, source));
    trace.titles.set(by.spanId, title);
    return title;
  };
}

/** A trace that is not there takes some room as well. */
function sizeOf(trace: KnownTrace | "too_large"): number {
  return trace === "too_large" ? 1 : trace.nodes.size + 1;
}

async function readTrace(
  traceId: TraceId,
  reader: JobStoreReader,
  source: SpanSource,
): Promise<KnownTrace | "too_large"> {
  const lsns: readonly Lsn[] = await reader.findTrace(traceId);
  if (lsns.length > TRACE_BATCHES_MAX) return "too_large";
  const nodes = new Map<string, ScannedNode>();
  for (const lsn of lsns) {
    const batch = await reader.read(lsn);
    if (batch === undefined) continue;
    // Sent again, the later one is kept.
    for (const node of source.nodes(batch, new Set([traceId]))) nodes.set(node.spanId, node);
  }
  const forest = createForest([...nodes.values()].sort(inTimeOrder));
  return { forest, nodes, titles: new Map() };
}

async function titled(
  node: ScannedNode,
  reader: JobStoreReader,
  source: SpanSource,
): Promise<Enqueuer> {
  const batch: StoredBatch | undefined = await reader.read(node.lsn);
  const [decoded] = batch === undefined ? [] : source.decode(batch, new Map([[node.index, node]]));
  if (decoded === undefined) return { kind: "not_received" };
  const [, span] = decoded;
  return { kind: span.kind === "server" ? "request" : "span", title: requestTitle(span) };
}
