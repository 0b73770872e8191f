/** The steps of one attempt as a tree: under the steps they ran in, transactions as nodes. */
import type { Ns } from "../document-units.js";
import type { Attempt } from "../job-document.js";
import type { Step } from "../step-document.js";
import { type DraftNode, inTimeOrder } from "./draft-node.js";
import { transactionEnds, withTransactions } from "./transaction-nodes.js";

/** Marks in a timeline and not things that ran. */
const NO_NODES: ReadonlySet<Step["kind"]> = new Set([
  "started",
  "finished",
  "failed",
  "gap",
  "log",
]);

/** `start`: of the attempt, from the start of the job's first. */
export function attemptTree(attempt: Attempt, start: Ns): DraftNode[] {
  const steps = attempt.steps.filter(({ kind }) => !NO_NODES.has(kind));
  const nodes = steps.map((step) => stepNode(step, start));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const top = placeNodes(nodes, byId);
  const scope = { ends: transactionEnds(steps), byId };
  for (const node of nodes) node.children = withTransactions(node.children, node.id, scope);
  return withTransactions(top, null, scope);
}

function stepNode(step: Step, start: Ns): DraftNode {
  return {
    kind: "step",
    id: step.id,
    title: step.title,
    step,
    attempt: null,
    start_ns: start + step.offset_ns,
    duration_ns: step.duration_ns,
    children: [],
  };
}

/** Puts each node under its parent; gives those directly under the attempt. */
function placeNodes(
  nodes: readonly DraftNode[],
  byId: ReadonlyMap<string, DraftNode>,
): readonly DraftNode[] {
  const ordered = [...nodes].sort(inTimeOrder);
  const isLost = cycleFinder(byId);
  const top: DraftNode[] = [];
  for (const node of ordered) {
    const parent = isLost(node) ? undefined : byId.get(node.step?.parent_id ?? "");
    (parent?.children ?? top).push(node);
  }
  return top;
}

/** Broken senders make spans that are their own ancestors; such a node hangs under the attempt. */
function cycleFinder(byId: ReadonlyMap<string, DraftNode>): (node: DraftNode) => boolean {
  const parentOf = (node: DraftNode): DraftNode | undefined => byId.get(node.step?.parent_id ?? "");
  const looked = new Set<DraftNode>();
  const cyclic = new Set<DraftNode>();
  return (node) => {
    const passed = new Set<DraftNode>();
    let current: DraftNode | undefined = node;
    while (current !== undefined && !looked.has(current) && !passed.has(current)) {
      passed.add(current);
      current = parentOf(current);
    }
    for (const each of passed) looked.add(each);
    // The climb came back to a node that it had passed: that one and those up to it are the cycle.
    while (current !== undefined && passed.has(current) && !cyclic.has(current)) {
      cyclic.add(current);
      current = parentOf(current);
    }
    return cyclic.has(node);
  };
}
