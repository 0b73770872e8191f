/** Drafts → nodes: with own times, and marks on what ran at the same time. */
import { durationNano } from "../time.js";
import { OVERLAP_MIN } from "../steps/lanes.js";
import { type DraftNode, endOf } from "./draft-node.js";
import type { TreeNode } from "./tree-node.js";

/** Children first, without recursion: a parent stands before its children in `order`. */
export function finishTree(root: DraftNode): TreeNode {
  const order: DraftNode[] = [root];
  const parallel = new Set<DraftNode>();
  for (let at = 0; at < order.length; at++) {
    const children = order[at]?.children ?? [];
    for (const child of children) order.push(child);
    for (const child of parallelOf(children)) parallel.add(child);
  }
  const finished = new Map<DraftNode, TreeNode>();
  for (let at = order.length - 1; at >= 0; at--) {
    const draft = order[at];
    if (draft === undefined) continue;
    const children = draft.children
      .map((child) => finished.get(child))
      .filter((child) => child !== undefined);
    finished.set(draft, {
      ...draft,
      own_ns: ownTime(draft),
      isParallel: parallel.has(draft),
      children,
    });
  }
  const tree = finished.get(root);
  if (tree === undefined) throw new Error("cannot finish a tree: its root is not among its nodes");
  return tree;
}

/** Duration less the union of the children, each cut to its parent's time. */
function ownTime(node: DraftNode): number | null {
  if (node.duration_ns === null) return null;
  let covered = 0;
  let until = node.start_ns;
  for (const child of node.children) {
    const from = Math.max(until, child.start_ns);
    const to = Math.min(endOf(node), endOf(child));
    if (to <= from) continue;
    covered += to - from;
    until = to;
  }
  return Math.max(0, node.duration_ns - covered);
}

/** Neighbours touch; only a longer overlap is work at the same time. `siblings`: in time order. */
function parallelOf(siblings: readonly DraftNode[]): readonly DraftNode[] {
  const found: DraftNode[] = [];
  let longest: DraftNode | undefined;
  for (const node of siblings) {
    if (longest !== undefined && overlap(longest, node)) {
      if (found.at(-1) !== longest) found.push(longest);
      found.push(node);
    }
    if (longest === undefined || endOf(node) > endOf(longest)) longest = node;
  }
  return found;
}

function overlap(earlier: DraftNode, later: DraftNode): boolean {
  const shared = Math.min(endOf(earlier), endOf(later)) - later.start_ns;
  return durationNano(BigInt(Math.trunc(shared))) > OVERLAP_MIN;
}
