/**
 * A job as a tree of what ran inside what. The children of a node and its own time add up to it: `own_ns` is its duration
 * less the union of its children.
 */
import type { Ns } from "../document-units.js";
import type { Attempt } from "../job-document.js";
import type { Step } from "../step-document.js";

export interface TreeNode {
  /**
   * - `job`: the whole; of a job with one attempt that attempt itself
   * - `attempt`: one of several
   * - `wait`: between two attempts
   * - `transaction`: from BEGIN to COMMIT or ROLLBACK, which no span stands for
   * - `step`: one line of the timeline
   */
  readonly kind: "job" | "attempt" | "wait" | "transaction" | "step";
  /** A jid, `attempt.<n>`, `wait.<n>`, `<id of its BEGIN>.transaction`, or a step's id. */
  readonly id: string;
  /** Raw text from spans: made safe where it is printed. */
  readonly title: string;
  readonly step: Step | null;
  readonly attempt: Attempt | null;
  /** From the start of the job's first attempt. */
  readonly start_ns: Ns;
  /** null: no end was recorded. */
  readonly duration_ns: Ns | null;
  /** null where the duration is. */
  readonly own_ns: Ns | null;
  /** Ran while one of its siblings did. */
  readonly isParallel: boolean;
  /** In time order. */
  readonly children: readonly TreeNode[];
}

export interface Visit {
  readonly node: TreeNode;
  readonly depth: number;
  readonly parent: TreeNode | null;
}

/** Each node before its children. A loop, for a broken sender's spans may be nested ten thousand deep. */
export function* walkTree(root: TreeNode): Iterable<Visit> {
  const waiting: Visit[] = [{ node: root, depth: 0, parent: null }];
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    yield visit;
    const { node, depth } = visit;
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at];
      if (child !== undefined) waiting.push({ node: child, depth: depth + 1, parent: node });
    }
  }
}
