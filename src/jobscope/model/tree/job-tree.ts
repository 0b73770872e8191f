/** A job's document → its tree: its attempts, the waits between them, and everything that ran in them. */
import type { Ns } from "../document-units.js";
import type { Attempt, JobDocument } from "../job-document.js";
import { parseInstant } from "../time.js";
import { attemptTree } from "./attempt-tree.js";
import { type DraftNode, endOf, inTimeOrder } from "./draft-node.js";
import { finishTree } from "./finish-tree.js";
import type { TreeNode } from "./tree-node.js";

/** `attempts`: those to draw, some or all of the document's. */
export function jobTree({ job }: JobDocument, attempts: readonly Attempt[]): TreeNode {
  const [only, ...more] = attempts;
  const root: DraftNode = {
    kind: "job",
    id: job.jid,
    title: job.class ?? job.jid,
    step: null,
    attempt: more.length === 0 ? (only ?? null) : null,
    start_ns: 0,
    duration_ns: null,
    children: [],
  };
  if (only === undefined) return finishTree(root);
  if (more.length === 0)
    return finishTree({
      ...root,
      duration_ns: only.duration_ns,
      children: attemptTree(only, 0),
    });
  const first = parseInstant(only.started_at);
  const nodes = attempts.map((attempt) =>
    attemptNode(attempt, Number(parseInstant(attempt.started_at) - first)),
  );
  const isEnded = nodes.every(({ duration_ns: duration }) => duration !== null);
  return finishTree({
    ...root,
    duration_ns: isEnded ? nodes.reduce((latest, node) => Math.max(latest, endOf(node)), 0) : null,
    children: [...nodes, ...waits(nodes)].sort(inTimeOrder),
  });
}

function attemptNode(attempt: Attempt, start: Ns): DraftNode {
  return {
    kind: "attempt",
    id: `attempt.${attempt.number}`,
    title: `attempt ${attempt.number}`,
    step: null,
    attempt,
    start_ns: start,
    duration_ns: attempt.duration_ns,
    children: attemptTree(attempt, start),
  };
}

/** Where no attempt of those drawn was under way. `attempts`: by their start. */
function waits(attempts: readonly DraftNode[]): readonly DraftNode[] {
  const found: DraftNode[] = [];
  let end: number | undefined;
  for (const next of attempts) {
    if (end !== undefined && end < next.start_ns) {
      const number = next.attempt?.number ?? 0;
      found.push({
        kind: "wait",
        id: `wait.${number}`,
        title: `waiting for attempt ${number}`,
        step: null,
        attempt: null,
        start_ns: end,
        duration_ns: next.start_ns - end,
        children: [],
      });
    }
    // After one whose end is not recorded nobody knows what was a wait.
    if (next.duration_ns === null) return found;
    end = Math.max(end ?? 0, endOf(next));
  }
  return found;
}
