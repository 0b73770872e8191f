/**
 * The attempts of one job among the spans of its traces.
 *
 * An attempt is known by its own CONSUMER span. That span is sent when it ends, so of an attempt whose worker was killed or
 * is still at work only spans inside it are there: they are its job's by the stamp of a span processor, or, where one trace
 * holds the push and everything it led to, because no other push in it is without an attempt.
 */
import type { SpanId, TraceId } from "../jobscope/model/ids.js";
import type { UnixNano } from "../jobscope/model/time.js";
import type { AttemptGroup, SpanNode } from "./job-grouping.js";
import { type Stray, straysBehindPush } from "./only-open-push.js";
import { attemptJid, type Forest } from "./span-ancestry.js";

export interface OpenAttempt<Node> {
  readonly root: Node | undefined;
  readonly activeJob: Node | undefined;
  start: Node | undefined;
  readonly knownBy: AttemptGroup<SpanNode>["knownBy"];
  readonly members: Node[];
  readonly missingParents: Set<SpanId>;
}

interface Attempts<Node> {
  readonly attempts: readonly OpenAttempt<Node>[];
  readonly outside: readonly Node[];
}

export function attemptsOf<Node extends SpanNode>(
  jid: string,
  ordered: readonly Node[],
  forest: Forest<Node>,
  smallTraces: ReadonlySet<TraceId>,
): Attempts<Node> {
  const attempts = pairAttempts(ordered.filter((node) => attemptJid(node) === jid));
  const byRoot = new Map<Node, OpenAttempt<Node>>();
  for (const attempt of attempts) {
    if (attempt.root !== undefined) byRoot.set(attempt.root, attempt);
    if (attempt.activeJob !== undefined) byRoot.set(attempt.activeJob, attempt);
  }
  const outside: Node[] = [];
  const stamped: Stray<Node>[] = [];
  const unnamed: Stray<Node>[] = [];

  for (const node of ordered) {
    if (byRoot.has(node)) continue;
    const owner = forest.ownerOf(node);
    if (owner.kind === "attempt") {
      addTo(byRoot.get(owner.node), node);
      continue;
    }
    // The span says itself that it is another job's.
    if (node.stamp !== undefined && node.stamp !== jid) continue;
    const isOwn = node.stamp === jid;
    if (owner.kind === "top") {
      if (isOwn) outside.push(node);
      continue;
    }
    const covering = attempts.find((attempt) => covers(attempt, node, isOwn));
    if (covering !== undefined) {
      addTo(covering, node);
      covering.missingParents.add(owner.parent);
    } else if (isOwn) stamped.push({ node, parent: owner.parent });
    else if (smallTraces.has(node.traceId)) unnamed.push({ node, parent: owner.parent });
  }
  const { sure } = straysBehindPush(jid, ordered, forest, unnamed);
  return {
    attempts: [
      ...attempts,
      ...rootlessAttempts(stamped, "stamp"),
      ...rootlessAttempts(sure, "only_open_push"),
    ],
    outside,
  };
}

function addTo<Node extends SpanNode>(attempt: OpenAttempt<Node> | undefined, node: Node): void {
  if (attempt === undefined) return;
  if (node.job?.role === "start") attempt.start ??= node;
  else attempt.members.push(node);
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
    attempts.push(openAttempt("root", root, activeJob));
  }
  // Scheduled jobs in child style export ActiveJob's span and not Sidekiq's.
  for (const activeJob of unpaired) attempts.push(openAttempt("root", undefined, activeJob));
  return attempts;
}

function openAttempt<Node>(
  knownBy: OpenAttempt<Node>["knownBy"],
  root?: Node,
  activeJob?: Node,
): OpenAttempt<Node> {
  return {
    root,
    activeJob,
    start: undefined,
    knownBy,
    members: [],
    missingParents: new Set(),
  };
}

/**
 * A span whose parent was lost stays with the attempt of its trace and process that was under way then. With the stamp the
 * trace may be another one: that of ActiveJob's part, whose own span was lost.
 */
function covers<Node extends SpanNode>(
  { root, activeJob }: OpenAttempt<Node>,
  node: Node,
  isOwn: boolean,
): boolean {
  return [root, activeJob].some(
    (own) =>
      own !== undefined &&
      (isOwn || own.traceId === node.traceId) &&
      own.sender === node.sender &&
      own.start <= node.start &&
      node.start <= own.end,
  );
}

function isInside(inner: SpanNode, outer: SpanNode): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

interface Rootless<Node> {
  readonly attempt: OpenAttempt<Node>;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly begin: UnixNano;
}

/**
 * A start record begins an attempt, and what the same process sent of the job afterwards is in it: also in another trace,
 * where ActiveJob has one of its own. Without such records a trace and a process make an attempt.
 */
function rootlessAttempts<Node extends SpanNode>(
  strays: readonly Stray<Node>[],
  knownBy: OpenAttempt<Node>["knownBy"],
): readonly OpenAttempt<Node>[] {
  const open: Rootless<Node>[] = [];
  const begun = new Map<SpanId, Rootless<Node>>();
  const begin = ({ traceId, sender, start }: Node): Rootless<Node> => {
    const made = { attempt: openAttempt<Node>(knownBy), traceId, sender, begin: start };
    open.push(made);
    return made;
  };
  for (const { node, parent } of strays) {
    if (node.job?.role !== "start") continue;
    const found = begun.get(parent) ?? begin(node);
    begun.set(parent, found);
    addTo(found.attempt, node);
    found.attempt.missingParents.add(parent);
  }
  for (const { node, parent } of strays) {
    if (node.job?.role === "start") continue;
    const { attempt } =
      begun.get(parent) ?? latestBefore(open, node, begun.size > 0) ?? begin(node);
    attempt.members.push(node);
    attempt.missingParents.add(parent);
  }
  return open.map(({ attempt }) => attempt);
}

/** Of the same process, and of the same trace unless start records tell attempts apart. */
function latestBefore<Node extends SpanNode>(
  open: readonly Rootless<Node>[],
  node: Node,
  hasStarts: boolean,
): Rootless<Node> | undefined {
  return open
    .filter(
      ({ sender, traceId, begin }) =>
        sender === node.sender && begin <= node.start && (hasStarts || traceId === node.traceId),
    )
    .reduce<Rootless<Node> | undefined>(
      (latest, each) => (latest === undefined || each.begin >= latest.begin ? each : latest),
      undefined,
    );
}
