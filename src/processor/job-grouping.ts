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
import type { JobSpan } from "./job-span.js";

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
  readonly members: readonly Node[];
  readonly missingParents: readonly SpanId[];
}

/** The write to Redis is the next command after the push; a few more are looked at because a bulk push has others between. */
const FOLLOWERS_MAX = 3;

type Owner<Node> =
  | { readonly kind: "attempt"; readonly node: Node }
  /** The climb reached a root span that is no attempt: a web request, a script. */
  | { readonly kind: "top" }
  /** The climb ended at a parent that never arrived. */
  | { readonly kind: "missing"; readonly parent: SpanId };

interface OpenAttempt<Node> {
  readonly root: Node | undefined;
  readonly activeJob: Node | undefined;
  readonly members: Node[];
  readonly missingParents: Set<SpanId>;
}

/** `nodes`: every known span of every trace that a row of the job names, each span once, in any order. */
export function groupJob<Node extends SpanNode>(
  jid: string,
  nodes: readonly Node[],
): JobGroup<Node> {
  const ordered = [...nodes].sort(inTimeOrder);
  const forest = createForest(ordered);
  const attempts = attemptsOf(jid, ordered, forest);
  return {
    enqueues: ordered
      .filter((node) => node.job?.role === "enqueue" && node.job.jid === jid)
      .map((node) => enqueueGroup(node, forest)),
    attempts: attempts
      .map((attempt) => ({ ...attempt, missingParents: [...attempt.missingParents] }))
      .sort((a, b) => compareFirst(a, b)),
  };
}

/** Start ascending, then longer first, then span id: two readings of one store give one order. */
export function inTimeOrder(a: SpanNode, b: SpanNode): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end !== b.end) return a.end > b.end ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

function attemptsOf<Node extends SpanNode>(
  jid: string,
  ordered: readonly Node[],
  forest: Forest<Node>,
): readonly OpenAttempt<Node>[] {
  const attempts = pairAttempts(ordered.filter((node) => attemptJid(node) === jid));
  const byRoot = new Map<Node, OpenAttempt<Node>>();
  for (const attempt of attempts) {
    if (attempt.root !== undefined) byRoot.set(attempt.root, attempt);
    if (attempt.activeJob !== undefined) byRoot.set(attempt.activeJob, attempt);
  }
  /** By trace: runs of which only stamped spans arrived, because the worker was killed before its root ended. */
  const rootless = new Map<TraceId, OpenAttempt<Node>>();

  for (const node of ordered) {
    if (byRoot.has(node)) continue;
    const owner = forest.ownerOf(node);
    if (owner.kind === "attempt") {
      byRoot.get(owner.node)?.members.push(node);
      continue;
    }
    // The span says itself that it is another job's.
    if (node.stamp !== undefined && node.stamp !== jid) continue;
    const attempt =
      (owner.kind === "missing" ? coveringAttempt(attempts, node) : undefined) ??
      (node.stamp === jid ? rootlessAttempt(rootless, node.traceId) : undefined);
    attempt?.members.push(node);
    if (owner.kind === "missing") attempt?.missingParents.add(owner.parent);
  }
  return [...attempts, ...rootless.values()];
}

function attemptJid(node: SpanNode): string | undefined {
  return node.job?.role === "attempt" || node.job?.role === "active_job_attempt"
    ? node.job.jid
    : undefined;
}

/** Joins ActiveJob's CONSUMER span with the Sidekiq one around it: same process, inside its time. */
function pairAttempts<Node extends SpanNode>(roots: readonly Node[]): OpenAttempt<Node>[] {
  const unpaired = new Set(roots.filter((node) => node.job?.role === "active_job_attempt"));
  const attempts: OpenAttempt<Node>[] = [];
  for (const root of roots) {
    if (root.job?.role !== "attempt") continue;
    const activeJob = [...unpaired].find(
      (node) => node.sender === root.sender && isInside(node, root),
    );
    if (activeJob !== undefined) unpaired.delete(activeJob);
    attempts.push(openAttempt(root, activeJob));
  }
  // Scheduled jobs in child style export ActiveJob's span and not Sidekiq's.
  for (const activeJob of unpaired) attempts.push(openAttempt(undefined, activeJob));
  return attempts;
}

function openAttempt<Node>(root: Node | undefined, activeJob: Node | undefined): OpenAttempt<Node> {
  return { root, activeJob, members: [], missingParents: new Set() };
}

function rootlessAttempt<Node>(
  rootless: Map<TraceId, OpenAttempt<Node>>,
  traceId: TraceId,
): OpenAttempt<Node> {
  const attempt = rootless.get(traceId) ?? openAttempt<Node>(undefined, undefined);
  rootless.set(traceId, attempt);
  return attempt;
}

/** A span whose parent was lost stays with the attempt of its trace and process that was under way then. */
function coveringAttempt<Node extends SpanNode>(
  attempts: readonly OpenAttempt<Node>[],
  node: Node,
): OpenAttempt<Node> | undefined {
  return attempts.find((attempt) =>
    [attempt.root, attempt.activeJob].some(
      (root) =>
        root !== undefined &&
        root.traceId === node.traceId &&
        root.sender === node.sender &&
        root.start <= node.start &&
        node.start <= root.end,
    ),
  );
}

function isInside(inner: SpanNode, outer: SpanNode): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function compareFirst<Node extends SpanNode>(a: AttemptGroup<Node>, b: AttemptGroup<Node>): number {
  const first = a.root ?? a.activeJob ?? a.members[0];
  const second = b.root ?? b.activeJob ?? b.members[0];
  return first === undefined || second === undefined ? 0 : inTimeOrder(first, second);
}

function enqueueGroup<Node extends SpanNode>(node: Node, forest: Forest<Node>): EnqueueGroup<Node> {
  const { above, missing } = forest.ancestorsOf(node);
  const recorded = above.filter((ancestor) => !isPush(ancestor));
  const attempt = recorded.find((ancestor) => attemptJid(ancestor) !== undefined);
  const server = recorded.find((ancestor) => ancestor.isServer);
  // ActiveJob's push is around Sidekiq's, so the write to Redis may be beside either.
  const pushes = [node, ...above.filter(isPush)];
  return {
    node,
    by: attempt ?? server ?? recorded.at(-1),
    parentMissing: missing,
    activeJobId: pushes.map(activeJobIdOf).find((id) => id !== undefined),
    followers: pushes
      .flatMap((push) => forest.siblingsOf(push))
      .filter((sibling) => sibling.isClient && sibling.start >= node.end)
      .sort(inTimeOrder)
      .slice(0, FOLLOWERS_MAX),
  };
}

function activeJobIdOf(node: SpanNode): string | undefined {
  return node.job?.role === "active_job_enqueue" ? node.job.activeJobId : undefined;
}

function isPush(node: SpanNode): boolean {
  return node.job?.role === "enqueue" || node.job?.role === "active_job_enqueue";
}

interface Forest<Node> {
  ownerOf(node: Node): Owner<Node>;
  /** Nearest first, up to the attempt, root or gap that ends the climb. */
  ancestorsOf(node: Node): { readonly above: readonly Node[]; readonly missing: boolean };
  /** Spans with the same recorded or unrecorded parent; none for a root span. */
  siblingsOf(node: Node): readonly Node[];
}

function createForest<Node extends SpanNode>(nodes: readonly Node[]): Forest<Node> {
  const byId = new Map<string, Node>();
  const children = new Map<string, Node[]>();
  for (const node of nodes) {
    byId.set(node.traceId + node.spanId, node);
    if (node.parentSpanId === undefined) continue;
    const key = node.traceId + node.parentSpanId;
    const siblings = children.get(key);
    if (siblings === undefined) children.set(key, [node]);
    else siblings.push(node);
  }
  const parentOf = (node: Node): Node | undefined =>
    node.parentSpanId === undefined ? undefined : byId.get(node.traceId + node.parentSpanId);

  return {
    ownerOf: ownerFinder(parentOf),
    ancestorsOf(node) {
      const above: Node[] = [];
      const seen = new Set<Node>([node]);
      let current = node;
      let parent = parentOf(current);
      while (parent !== undefined && !seen.has(parent)) {
        above.push(parent);
        seen.add(parent);
        if (attemptJid(parent) !== undefined) return { above, missing: false };
        current = parent;
        parent = parentOf(current);
      }
      return { above, missing: parent === undefined && current.parentSpanId !== undefined };
    },
    siblingsOf: (node) =>
      node.parentSpanId === undefined ? [] : (children.get(node.traceId + node.parentSpanId) ?? []),
  };
}

/** Climbs with a loop and remembers what it passed: chains may be long, and broken senders make cycles. */
function ownerFinder<Node extends SpanNode>(
  parentOf: (node: Node) => Node | undefined,
): (node: Node) => Owner<Node> {
  const owners = new Map<Node, Owner<Node>>();
  return (node) => {
    const passed = new Set<Node>();
    let current = node;
    let owner = owners.get(node);
    while (owner === undefined) {
      passed.add(current);
      const parent = parentOf(current);
      if (attemptJid(current) !== undefined) owner = { kind: "attempt", node: current };
      else if (current.parentSpanId === undefined) owner = { kind: "top" };
      else if (parent === undefined) owner = { kind: "missing", parent: current.parentSpanId };
      else if (passed.has(parent)) owner = { kind: "top" };
      else {
        current = parent;
        owner = owners.get(current);
      }
    }
    for (const each of passed) owners.set(each, owner);
    return owner;
  };
}
