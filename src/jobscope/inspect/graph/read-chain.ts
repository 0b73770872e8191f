/**
 * The chain of a job out of the store: up through who enqueued it, down through what it enqueued and what those did. The
 * neighbours' documents are read one by one and only what is drawn of each is kept.
 */
import { grouped } from "../../model/grouped.js";
import type { Enqueued, JobDocument } from "../../model/job-document.js";
import { keepBatches } from "../../store/keep-batches.js";
import type { JobStoreReader } from "../../store/job-store.js";
import { readJobByText } from "../read-job.js";
import type { ChainGraph, GraphEdge, GraphNode } from "./chain-graph.js";
import { type Enqueue, enqueuesOf } from "./enqueues.js";
import { foldedNode, jobNode, notReceivedNode, spanNode, unknownJobNode } from "./graph-nodes.js";

export interface ChainLimits {
  /** Levels above and below the job. */
  readonly depth: number;
  /** Jobs that one job enqueued and that are drawn one by one. */
  readonly width: number;
}

export const CHAIN_LIMITS: ChainLimits = { depth: 6, width: 20 };

/** Jobs that are drawn, whatever is asked for: a chain of a million is no picture. */
const DRAWN_JOBS_MAX = 1_000;
/** Jobs that are read, those included that are only counted by their state. */
const READ_JOBS_MAX = 5_000;

/** Jobs out of the store, as many as are allowed. */
interface Reading {
  read(jid: string): Promise<JobDocument | undefined>;
  isSpent(): boolean;
}

/** `onRead`: told how many jobs were read so far. */
export async function readChain(
  source: JobStoreReader,
  document: JobDocument,
  limits: ChainLimits,
  onRead: (jobs: number) => void = () => undefined,
): Promise<ChainGraph> {
  const reader = keepBatches(source);
  let count = 0;
  const reading: Reading = {
    async read(jid) {
      onRead(++count);
      return readJobByText(reader, jid);
    },
    isSpent: () => count >= READ_JOBS_MAX,
  };
  const above = await readAbove(document, limits.depth, reading);
  const seen = new Set([document.job.jid, ...above.nodes.map(({ id }) => id)]);
  const below = await readBelow(document, seen, limits, reading);
  return {
    nodes: [...above.nodes, jobNode(document, 0), ...below.nodes],
    edges: [...above.edges, ...below.edges],
  };
}

/** From the top down. Only the first push counts: the others pushed what was there already. */
async function readAbove(
  document: JobDocument,
  depth: number,
  reading: Reading,
): Promise<ChainGraph> {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const seen = new Set([document.job.jid]);
  let current = document;
  for (let level = -1; ; level--) {
    const push = current.job.enqueued_by[0];
    if (push === undefined || push.kind === "none") break;
    if (-level > depth) {
      nodes.unshift(foldedNode("more.above", push.title ?? "", level, null));
      edges.unshift(edgeAbove("more.above", current, push));
      break;
    }
    const { jid } = push;
    const isFresh = push.kind === "job" && jid !== null && !seen.has(jid) && !reading.isSpent();
    const parent = isFresh ? await reading.read(jid) : undefined;
    const node = parent === undefined ? enqueuerNode(push, current, level) : jobNode(parent, level);
    edges.unshift(edgeAbove(node.id, current, push));
    // A job that is its own ancestor: a cycle.
    if (seen.has(node.id)) break;
    nodes.unshift(node);
    if (parent === undefined) break;
    seen.add(node.id);
    current = parent;
  }
  return { nodes, edges };
}

function enqueuerNode(push: Enqueued, { chain }: JobDocument, level: number): GraphNode {
  if (push.kind === "not_received") return notReceivedNode(push, level);
  if (push.kind === "job" && push.jid !== null)
    return unknownJobNode(push.jid, push.title ?? push.jid, level);
  return spanNode(push, chain.path.at(-1), level);
}

function edgeAbove(from: string, { job }: JobDocument, push: Enqueued): GraphEdge {
  return {
    from,
    to: job.jid,
    via_span: push.span_id,
    before_commit: false,
    scheduled: push.scheduled,
    due_at: null,
  };
}

interface Found {
  readonly id: string;
  readonly level: number;
  readonly enqueues: readonly Enqueue[];
}

/** Level by level, so that what is near is drawn first when there is too much. */
async function readBelow(
  document: JobDocument,
  seen: Set<string>,
  { depth, width }: ChainLimits,
  reading: Reading,
): Promise<ChainGraph> {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  let drawn = 0;
  let folds = 0;
  const waiting: Found[] = [{ id: document.job.jid, level: 0, enqueues: enqueuesOf(document) }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const level = next.level + 1;
    const folded: Enqueue[] = [];
    let inWidth = 0;
    for (const enqueue of next.enqueues) {
      if (seen.has(enqueue.jid)) {
        // A job that enqueues itself, or one above it: a cycle, and drawn as one.
        edges.push(edgeBelow(next.id, enqueue.jid, enqueue));
        continue;
      }
      if (level > depth || inWidth >= width || drawn >= DRAWN_JOBS_MAX) {
        folded.push(enqueue);
        continue;
      }
      inWidth++;
      drawn++;
      seen.add(enqueue.jid);
      const child = await reading.read(enqueue.jid);
      edges.push(edgeBelow(next.id, enqueue.jid, enqueue, child));
      nodes.push(
        child === undefined
          ? unknownJobNode(enqueue.jid, enqueue.class, level)
          : jobNode(child, level),
      );
      if (child !== undefined)
        waiting.push({ id: enqueue.jid, level, enqueues: enqueuesOf(child) });
    }
    for (const [name, enqueues] of grouped(folded, (enqueue) => enqueue.class)) {
      const id = `more.${++folds}`;
      nodes.push(foldedNode(id, name, level, await statesOf(enqueues, reading)));
      edges.push({ ...edgeBelow(next.id, id, undefined) });
    }
  }
  return { nodes, edges };
}

async function statesOf(
  enqueues: readonly Enqueue[],
  reading: Reading,
): Promise<Readonly<Record<string, number>>> {
  const states: Record<string, number> = {};
  for (const { jid } of enqueues) {
    const state = reading.isSpent()
      ? "not_looked_up"
      : ((await reading.read(jid))?.job.state ?? "not_received");
    states[state] = (states[state] ?? 0) + 1;
  }
  return states;
}

function edgeBelow(
  from: string,
  to: string,
  enqueue: Enqueue | undefined,
  child?: JobDocument,
): GraphEdge {
  const push = child?.job.enqueued_by.find(({ span_id: id }) => id === enqueue?.stepId);
  return {
    from,
    to,
    via_span: enqueue?.stepId ?? null,
    before_commit: enqueue?.beforeCommit ?? false,
    scheduled: push?.scheduled ?? null,
    due_at: enqueue?.dueAt ?? null,
  };
}
