/**
 * Who is above a span, as far as spans arrived: its ancestors, its owner, its siblings. Climbs with loops and remembers what
 * it passed, because chains may be long and broken senders make cycles.
 */
import type { SpanId } from "../jobscope/model/ids.js";
import type { SpanNode } from "./job-grouping.js";

export type Owner<Node> =
  | { readonly kind: "attempt"; readonly node: Node }
  /** The climb reached a root span that is no attempt: a web request, a script. */
  | { readonly kind: "top" }
  /** The climb ended at a parent that never arrived. */
  | { readonly kind: "missing"; readonly parent: SpanId };

/** Whose attempt the span is; undefined: it is no attempt's own span. */
export function attemptJid(node: SpanNode): string | undefined {
  return node.job?.role === "attempt" || node.job?.role === "active_job_attempt"
    ? node.job.jid
    : undefined;
}

export interface Forest<Node> {
  ownerOf(node: Node): Owner<Node>;
  /** Nearest first, up to the attempt, root or gap that ends the climb. */
  ancestorsOf(node: Node): { readonly above: readonly Node[]; readonly missing: boolean };
  /** Spans with the same recorded or unrecorded parent; none for a root span. */
  siblingsOf(node: Node): readonly Node[];
}

export function createForest<Node extends SpanNode>(nodes: readonly Node[]): Forest<Node> {
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
