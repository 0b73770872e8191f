/**
 * Cuts one job out of the traces it left spans in.
 *
 * A trace id is not a job: with `propagation_style: :child` one trace holds the web request and every job it
 * led to, and with ActiveJob one attempt lies in two traces. So the owner of a span is the nearest job
 * attempt above it. The climb stops there; a PRODUCER span belongs to who enqueued, its CONSUMER child begins
 * the next job. Works on nodes taken from the wire scan, before any span is decoded, so that a trace of
 * 200,000 spans costs a few fields for each and only the job's own spans are decoded.
 */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import type { UnixNano } from "../jobscope/model/time.js";
import { attemptsOf } from "./attempt-groups.js";
import type { JobSpan } from "./job-span.js";
import { attemptJid, createForest, type Forest } from "./span-ancestry.js";

/** What grouping needs of a span. */
export interface SpanNode {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly parentSpanId: SpanId | undefined;
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly isServer: boolean;
  readonly isClient: boolean;
  readonly job: JobSpan | undefined;
  /** The jid that a span processor stamped on it. */
  readonly stamp: string | undefined;
  /** Equal for spans of one process: the bytes of their resource. */
  readonly sender: string;
}

export interface JobGroup<Node extends SpanNode> {
  readonly enqueues: readonly EnqueueGroup<Node>[];
  readonly attempts: readonly AttemptGroup<Node>[];
  /** Root spans that name the job and are in no attempt: what the job system did around it, like planning a retry. */
  readonly outside: readonly Node[];
}

export interface EnqueueGroup<Node extends SpanNode> {
  readonly node: Node;
  /** Who pushed: the attempt it happened in, else the nearest SERVER span, else the topmost recorded one. */
  readonly by: Node | undefined;
  readonly parentMissing: boolean;
  /** Of ActiveJob's push around this one. */
  readonly activeJobId: string | undefined;
  /** CLIENT spans beside the push that follow it, soonest first: one of them is the write to Redis. */
  readonly followers: readonly Node[];
}

export interface AttemptGroup<Node extends SpanNode> {
  readonly root: Node | undefined;
  readonly activeJob: Node | undefined;
  /** The record that it has begun, where the sender writes one. */
  readonly start: Node | undefined;
  /** How an attempt without a root is known to be this job's. */
  readonly knownBy: "root" | "stamp" | "only_open_push";
  readonly members: readonly Node[];
  readonly missingParents: readonly SpanId[];
}

const NO_TRACES: ReadonlySet<TraceId> = new Set();

/** The write to Redis is the next command after the push; a few more are looked at because a bulk push has others between. */
const FOLLOWERS_MAX = 3;

/**
 * `nodes`: every known span of every trace that a row of the job names, each span once, in any order. `smallTraces`: those in
 * which an attempt that names no job may be told by its push.
 */
export function groupJob<Node extends SpanNode>(
  jid: string,
  nodes: readonly Node[],
  smallTraces: ReadonlySet<TraceId> = NO_TRACES,
): JobGroup<Node> {
  const ordered = [...nodes].sort(inTimeOrder);
  const forest = createForest(ordered);
  const { attempts, outside } = attemptsOf(jid, ordered, forest, smallTraces);
  return {
    enqueues: ordered
      .filter((node) => node.job?.role === "enqueue" && node.job.jid === jid)
      .map((node) => enqueueGroup(node, forest)),
    attempts: attempts
      .map((attempt) => ({ ...attempt, missingParents: [...attempt.missingParents] }))
      .sort((a, b) => compareFirst(a, b)),
    outside,
  };
}

/** All of it: its own spans, the record of its start, what is inside. */
export function nodesOfAttempt<Node extends SpanNode>({
  root,
  activeJob,
  start,
  members,
}: AttemptGroup<Node>): readonly Node[] {
  return [root, activeJob, start, ...members].filter((node) => node !== undefined);
}

/** Start ascending, then longer first, then span id: two readings of one store give one order. */
export function inTimeOrder(a: SpanNode, b: SpanNode): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end > b.end ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

function compareFirst<Node extends SpanNode>(a: AttemptGroup<Node>, b: AttemptGroup<Node>): number {
  const first = a.root ?? a.activeJob ?? a.start ?? a.members[0];
  const second = b.root ?? b.activeJob ?? b.start ?? b.members[0];
  return first === undefined || second === undefined ? 0 : inTimeOrder(first, second);
}

function enqueueGroup<Node extends SpanNode>(node: Node, forest: Forest<Node>): EnqueueGroup<Node> {
  const { above, ...pushed } = pushedBy(node, forest);
  // ActiveJob's push is around Sidekiq's, so the write to Redis may be beside either.
  const pushes = [node, ...above.filter(isPush)];
  return {
    node,
    ...pushed,
    followers: pushes
      .flatMap((push) => forest.siblingsOf(push))
      .filter((sibling) => sibling.isClient && sibling.start >= node.end)
      .sort(inTimeOrder)
      .slice(0, FOLLOWERS_MAX),
  };
}

/** Who pushed, by what is above the push alone. */
export function pushedBy<Node extends SpanNode>(
  node: Node,
  forest: Forest<Node>,
): Pick<EnqueueGroup<Node>, "by" | "parentMissing" | "activeJobId"> & {
  readonly above: readonly Node[];
} {
  const { above, missing } = forest.ancestorsOf(node);
  const recorded = above.filter((ancestor) => !isPush(ancestor));
  const attempt = recorded.find((ancestor) => attemptJid(ancestor) !== undefined);
  const server = recorded.find((ancestor) => ancestor.isServer);
  return {
    above,
    by: attempt ?? server ?? recorded.at(-1),
    parentMissing: missing,
    activeJobId: [node, ...above.filter(isPush)].map(activeJobIdOf).find((id) => id !== undefined),
  };
}

function activeJobIdOf(node: SpanNode): string | undefined {
  return node.job?.role === "active_job_enqueue" ? node.job.activeJobId : undefined;
}

function isPush(node: SpanNode): boolean {
  return node.job?.role === "enqueue" || node.job?.role === "active_job_enqueue";
}
