/**
 * Many alike steps, as one: what varies between them prints as `?`. They need not follow each other, for a tree tells what
 * ran inside what and a timeline in which order.
 */
import type { TreeNode } from "../../model/tree/tree-node.js";

export interface AlikeNodes {
  readonly nodes: readonly TreeNode[];
  readonly title: string;
}

/** Alike steps in one place, from which on they are folded. */
const FOLD_MIN = 3;

/** `siblings`: in time order. Each group stands where its first node stood. */
export function foldAlike(siblings: readonly TreeNode[], isFolded: boolean): readonly AlikeNodes[] {
  const groups = new Map<string, TreeNode[]>();
  for (const [at, node] of siblings.entries()) {
    const key = isFolded && isPlain(node) ? `${node.step?.fingerprint}` : `#${at}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups.values()]
    .flatMap((nodes) => (nodes.length < FOLD_MIN ? nodes.map((node) => [node]) : [nodes]))
    .sort(([a], [b]) => (a?.start_ns ?? 0) - (b?.start_ns ?? 0))
    .map((nodes) => ({ nodes, title: commonTitle(nodes) }));
}

/** Whatever has something under it, went wrong or stands beside another is worth its own line. */
function isPlain({ step, children, isParallel, duration_ns: duration }: TreeNode): boolean {
  return (
    step !== null &&
    step.status !== "error" &&
    step.kind !== "enqueue" &&
    step.kind !== "transaction" &&
    step.notes.length === 0 &&
    children.length === 0 &&
    !isParallel &&
    duration !== null
  );
}

function commonTitle(nodes: readonly TreeNode[]): string {
  const [first = "", ...others] = nodes.map(({ title }) => title);
  let words = wordsOf(first);
  for (const other of others) {
    const own = wordsOf(other);
    // Of other lengths: no word of one stands for a word of the other.
    if (own.length !== words.length) {
      const detail = nodes[0]?.step?.detail;
      return detail?.type === "db" ? detail.summary : `${first} and alike`;
    }
    words = words.map((word, at) => (word === own[at] ? word : "?"));
  }
  return words.join("");
}

/** Words, quoted texts and what stands between them. */
function wordsOf(title: string): readonly string[] {
  return title.split(/('[^']*'|[\s=,()/]+)/).filter((word) => word !== "");
}
