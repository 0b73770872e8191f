/** A node of the tree while its children are still being found. */
import type { TreeNode } from "./tree-node.js";

export interface DraftNode
  extends Pick<
    TreeNode,
    "kind" | "id" | "title" | "step" | "attempt" | "start_ns" | "duration_ns"
  > {
  children: DraftNode[];
}

/** A node whose end is not recorded lasts, as far as others can tell, no time. */
export function endOf({ start_ns: start, duration_ns: duration }: DraftNode): number {
  return start + (duration ?? 0);
}

/** Start ascending, then longer first; what is equal stays as it stood. */
export function inTimeOrder(a: DraftNode, b: DraftNode): number {
  return a.start_ns - b.start_ns || endOf(b) - endOf(a);
}
