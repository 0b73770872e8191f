/**
 * With `propagation_style: :child` a trace holds a push and the attempt that it led to. When a worker is killed there, the
 * attempt's own span, which alone names the job, never comes; but where exactly one push of the trace has no attempt, the
 * spans that were left without a parent behind it are that job's.
 */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import type { SpanNode } from "./job-grouping.js";
import { attemptJid, type Forest } from "./span-ancestry.js";

/**
 * Batches of a trace in which an attempt is looked for that way. One of more is a trace of many jobs, and a list would have to
 * read all of it to say what one job's document says.
 */
export const OPEN_PUSH_BATCHES_MAX = 16;

/** A span whose attempt's own span never came, and the parent at which the climb ended. */
export interface Stray<Node> {
  readonly node: Node;
  readonly parent: SpanId;
}

export interface PushedStrays<Node> {
  /** They can only be of an attempt of the job. */
  readonly sure: readonly Stray<Node>[];
  /** Other pushes of their trace are without an attempt as well. */
  readonly possible: readonly Stray<Node>[];
}

/** Of `strays`, spans that name no job and lost a parent, those that lie behind a push of `jid` without an attempt. */
export function straysBehindPush<Node extends SpanNode>(
  jid: string,
  nodes: readonly Node[],
  forest: Forest<Node>,
  strays: readonly Stray<Node>[],
): PushedStrays<Node> {
  const sure: Stray<Node>[] = [];
  const possible: Stray<Node>[] = [];
  if (strays.length === 0) return { sure, possible };
  const open = openPushes(nodes);
  const lost = lostAbove(nodes, forest);
  const servers = new Set(
    nodes.filter((node) => attemptJid(node) !== undefined).map(({ sender }) => sender),
  );
  for (const stray of strays) {
    const { node, parent } = stray;
    const pushes = open.get(node.traceId) ?? [];
    const push = pushes.find(({ job }) => job?.role === "enqueue" && job.jid === jid);
    // What lost the same parent as a push is beside it: of the request or the job that pushed.
    if (push === undefined || node.start < push.end || lost.has(parent)) continue;
    if (node.sender === push.sender && !servers.has(node.sender)) continue;
    const isOnly = pushes.every(({ job }) => job?.role === "enqueue" && job.jid === jid);
    (isOnly ? sure : possible).push(stray);
  }
  return { sure, possible };
}

/** By trace: pushes of jobs of which no attempt is there. */
export function openPushes<Node extends SpanNode>(
  nodes: readonly Node[],
): ReadonlyMap<TraceId, readonly Node[]> {
  const attempted = new Set(nodes.map(attemptJid).filter((jid) => jid !== undefined));
  const open = new Map<TraceId, Node[]>();
  for (const node of nodes) {
    if (node.job?.role !== "enqueue" || attempted.has(node.job.jid)) continue;
    const own = open.get(node.traceId);
    if (own === undefined) open.set(node.traceId, [node]);
    else own.push(node);
  }
  return open;
}

/** Parents above a push that never arrived. */
function lostAbove<Node extends SpanNode>(
  nodes: readonly Node[],
  forest: Forest<Node>,
): ReadonlySet<SpanId> {
  const lost = new Set<SpanId>();
  for (const node of nodes) {
    if (node.job?.role !== "enqueue" && node.job?.role !== "active_job_enqueue") continue;
    const owner = forest.ownerOf(node);
    if (owner.kind === "missing") lost.add(owner.parent);
  }
  return lost;
}
