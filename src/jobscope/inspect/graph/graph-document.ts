/** `jobtrace.graph/v1`: the chain and the job's tree, the tree as a list with parents because it may be very deep. */
import type { Instant, Ns } from "../../model/document-units.js";
import type { JobDocument } from "../../model/job-document.js";
import type { Step } from "../../model/step-document.js";
import { type TreeNode, walkTree } from "../../model/tree/tree-node.js";
import type { ChainGraph, GraphEdge, GraphNode } from "./chain-graph.js";

export interface GraphDocument {
  readonly schema: "jobtrace.graph/v1";
  /** Receipt of the newest batch read for this job. */
  readonly as_of: Instant;
  readonly jid: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Each before its children; the first is the job. */
  readonly tree: readonly GraphTreeNode[];
}

export interface GraphTreeNode {
  readonly id: string;
  readonly parent_id: string | null;
  readonly depth: number;
  readonly kind: TreeNode["kind"];
  /** Of a step; null for the others. */
  readonly step_kind: Step["kind"] | null;
  readonly title: string;
  readonly result: string | null;
  readonly status: Step["status"];
  /** Of which attempt; null for the job and for a wait. */
  readonly attempt: number | null;
  /** From the start of the job's first attempt. */
  readonly offset_ns: Ns;
  readonly duration_ns: Ns | null;
  /** Duration less the union of its children. */
  readonly own_ns: Ns | null;
  /** Ran while one of its siblings did. */
  readonly parallel: boolean;
  /** The job that it enqueued. */
  readonly enqueued: string | null;
}

export function graphDocument(
  document: JobDocument,
  tree: TreeNode,
  chain: ChainGraph,
): GraphDocument {
  return {
    schema: "jobtrace.graph/v1",
    as_of: document.as_of,
    jid: document.job.jid,
    nodes: chain.nodes,
    edges: chain.edges,
    tree: treeList(tree),
  };
}

function treeList(tree: TreeNode): readonly GraphTreeNode[] {
  const attempts = new Map<TreeNode, number | null>();
  const list: GraphTreeNode[] = [];
  for (const { node, depth, parent } of walkTree(tree)) {
    const number = node.attempt?.number ?? (parent && attempts.get(parent)) ?? null;
    attempts.set(node, number);
    list.push({
      id: node.id,
      parent_id: parent?.id ?? null,
      depth,
      kind: node.kind,
      step_kind: node.step?.kind ?? null,
      title: node.title,
      result: node.step?.result ?? null,
      status: statusOf(node),
      attempt: number,
      offset_ns: node.start_ns,
      duration_ns: node.duration_ns,
      own_ns: node.own_ns,
      parallel: node.isParallel,
      enqueued: node.step?.detail?.type === "enqueue" ? node.step.detail.jid : null,
    });
  }
  return list;
}

function statusOf({ step, attempt }: TreeNode): Step["status"] {
  if (step !== null) return step.status;
  return attempt?.state === "failed" ? "error" : "unset";
}
