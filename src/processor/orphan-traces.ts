/** Which of the traces that were gathered are runs without a span of their own, and may be of the job in question. */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import type { OrphanTrace } from "../jobscope/model/surroundings.js";
import type { UnixNano } from "../jobscope/model/time.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { type GatheredTraces, runsJob } from "./gather-traces.js";
import { inTimeOrder } from "./job-grouping.js";
import { type Stray, straysBehindPush } from "./only-open-push.js";
import type { ScannedNode } from "./scanned-nodes.js";
import { scanNodes } from "./scanned-nodes.js";
import { createForest } from "./span-ancestry.js";
import { spansOf } from "./span-from-otlp.js";

export interface OrphanQuestion {
  readonly jid: string;
  readonly ownTraces: ReadonlySet<TraceId>;
  readonly from: UnixNano;
  readonly until: UnixNano | undefined;
  readonly ranAgain: boolean;
}

/** Oldest first. */
export async function orphanTraces(
  reader: JobStoreReader,
  gathered: GatheredTraces,
  question: OrphanQuestion,
): Promise<readonly OrphanTrace[]> {
  const found: OrphanTrace[] = [];
  const ownNodes: ScannedNode[] = [];
  for (const [traceId, nodes] of gathered.traces()) {
    if (question.ownTraces.has(traceId)) {
      ownNodes.push(...nodes);
      continue;
    }
    const strays = straysOf(nodes);
    if (!isPossible(nodes, strays, gathered, question)) continue;
    if (await runsJobElsewhere(reader, traceId, gathered)) continue;
    const orphan = await orphanTrace(reader, nodes, strays, question.ranAgain);
    if (orphan !== undefined) found.push(orphan);
  }
  for (const strays of behindPush(ownNodes, question)) {
    const nodes = strays.map(({ node }) => node);
    const orphan = await orphanTrace(reader, nodes, strays, question.ranAgain);
    if (orphan !== undefined) found.push(orphan);
  }
  return found.sort((a, b) => {
    if (a.start !== b.start) return a.start < b.start ? -1 : 1;
    return a.traceId < b.traceId ? -1 : 1;
  });
}

function straysOf(nodes: readonly ScannedNode[]): readonly Stray<ScannedNode>[] {
  const forest = createForest(nodes);
  return nodes.flatMap((node) => {
    const owner = forest.ownerOf(node);
    return owner.kind === "missing" ? [{ node, parent: owner.parent }] : [];
  });
}

function isPossible(
  nodes: readonly ScannedNode[],
  strays: readonly Stray<ScannedNode>[],
  gathered: GatheredTraces,
  { jid, from, until }: OrphanQuestion,
): boolean {
  const [first] = [...nodes].sort(inTimeOrder);
  if (first === undefined || strays.length === 0) return false;
  if (first.start < from || (until !== undefined && first.start >= until)) return false;
  // Who pushes the job is not a run of it.
  if (nodes.some(({ job }) => job?.role === "enqueue" && job.jid === jid)) return false;
  return gathered.servesJobs(first.sender);
}

/** Batches of one trace that are read to see whether its own span came after all. */
const TRACE_BATCHES_MAX = 32;

/** The attempt's own span may have come later than what was gathered. */
async function runsJobElsewhere(
  reader: JobStoreReader,
  traceId: TraceId,
  gathered: GatheredTraces,
): Promise<boolean> {
  const others = (await reader.findTrace(traceId)).filter((lsn) => !gathered.has(lsn));
  if (others.length > TRACE_BATCHES_MAX) return true;
  for (const lsn of others) {
    const batch = await reader.read(lsn);
    if (batch !== undefined && scanNodes(batch, new Set([traceId])).some(runsJob)) return true;
  }
  return false;
}

/** In the job's own trace, where other pushes are without an attempt as well; by process. */
function behindPush(
  nodes: readonly ScannedNode[],
  { jid }: OrphanQuestion,
): readonly (readonly Stray<ScannedNode>[])[] {
  const forest = createForest(nodes);
  const runs = nodes.filter(runsJob);
  const free = straysOf(nodes).filter(
    ({ node }) =>
      node.stamp === undefined &&
      !runs.some(
        (run) => run.sender === node.sender && run.start <= node.start && node.start <= run.end,
      ),
  );
  const groups = new Map<string, Stray<ScannedNode>[]>();
  for (const stray of straysBehindPush(jid, nodes, forest, free).possible) {
    const key = stray.node.traceId + stray.node.sender;
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [stray]);
    else own.push(stray);
  }
  return [...groups.values()];
}

async function orphanTrace(
  reader: JobStoreReader,
  nodes: readonly ScannedNode[],
  strays: readonly Stray<ScannedNode>[],
  ranAgain: boolean,
): Promise<OrphanTrace | undefined> {
  const distinct = new Map(nodes.map((node) => [node.spanId, node]));
  const ordered = [...distinct.values()].sort(inTimeOrder);
  const [first] = ordered;
  if (first === undefined) return undefined;
  const last = ordered.reduce((latest, node) => (node.end >= latest.end ? node : latest), first);
  const batch = await reader.read(last.lsn);
  const [span] = batch === undefined ? [] : spansOf(batch.raw(), (index) => index === last.index);
  if (span === undefined) return undefined;
  return {
    traceId: first.traceId,
    spanCount: ordered.length,
    start: first.start,
    end: last.end,
    missingParents: new Set<SpanId>(strays.map(({ parent }) => parent)).size,
    last: span,
    ranAgain,
  };
}
