/** The chain above a job, its tree, and the jobs it enqueued where it enqueued them: as the rows of one tree. */
import { grouped } from "../../model/grouped.js";
import type { JobDocument } from "../../model/job-document.js";
import { type TreeNode, walkTree } from "../../model/tree/tree-node.js";
import { safeText } from "../safe-text.js";
import { formatDuration } from "../time-words.js";
import type { View } from "../view.js";
import type { ChainGraph, GraphEdge, GraphNode } from "./chain-graph.js";
import { foldAlike } from "./fold-alike.js";
import { durationText, nodeRow, shortJid, stateText, waitText } from "./job-row.js";
import { PLAIN_ROW, type TreeRow } from "./tree-row.js";

/** Own time below this is said of a job and its attempts only. Nanoseconds. */
const OWN_TIME_MIN = 1_000_000;

export interface RowsOptions {
  readonly view: View;
  readonly isFolded: boolean;
}

interface Drawing extends RowsOptions {
  readonly document: JobDocument;
  readonly chain: ChainGraph;
  readonly self: GraphNode;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** By the node that enqueued. */
  readonly edges: ReadonlyMap<string, readonly GraphEdge[]>;
  /** What each step of the job enqueued; "" for what was folded, which is under no step. */
  readonly ofStep: ReadonlyMap<string, readonly GraphEdge[]>;
  /** The edge under which a node is drawn: the first to it. */
  readonly drawnBy: ReadonlyMap<string, GraphEdge>;
}

export function treeRows(
  document: JobDocument,
  tree: TreeNode,
  chain: ChainGraph,
  options: RowsOptions,
): TreeRow {
  const self = chain.nodes.find(({ level }) => level === 0);
  if (self === undefined) throw new Error("cannot draw a chain without the job itself");
  const edges = grouped(chain.edges, ({ from }) => from);
  const drawing: Drawing = {
    ...options,
    document,
    chain,
    self,
    nodes: new Map(chain.nodes.map((node) => [node.id, node])),
    edges,
    ofStep: grouped(edges.get(self.id) ?? [], ({ via_span: via }) => via ?? ""),
    drawnBy: new Map(chain.edges.toReversed().map((edge) => [edge.to, edge])),
  };
  let row = jobRow(tree, drawing);
  for (const node of chain.nodes.filter(({ level }) => level < 0).toReversed()) {
    const edge = chain.edges.find(({ to }) => to === node.id);
    row = { ...nodeRow(node, edge, options.view), children: [row] };
  }
  return row;
}

function jobRow(tree: TreeNode, drawing: Drawing): TreeRow {
  const rows = new Map<TreeNode, TreeRow>();
  const order = [...walkTree(tree)].map(({ node }) => node);
  // Children first.
  for (const node of order.toReversed()) rows.set(node, rowOf(node, rows, drawing));
  const row = rows.get(tree) ?? PLAIN_ROW;
  const { document, self, view } = drawing;
  const { job } = document;
  const edge = drawing.chain.edges.find(({ to }) => to === job.jid);
  const error = document.attempts.at(-1)?.error;
  const failure = job.state === "failed" && error != null ? ` ${safeText(error.class)}` : "";
  const name = safeText(job.class ?? "(class not recorded)");
  // What was folded is under no step that is drawn.
  const folded = enqueuedRows(drawing.ofStep.get("") ?? [], drawing);
  return {
    ...row,
    text: `${view.style.strong(name)} ${view.style.id(shortJid(job.jid))}${waitText(self)}`,
    result: `${stateText(self, edge, view)}${failure}`,
    isError: job.state === "failed",
    doubt: job.state === "orphaned" ? "  orphaned !" : "",
    children: [...row.children, ...folded],
  };
}

function rowOf(node: TreeNode, rows: ReadonlyMap<TreeNode, TreeRow>, drawing: Drawing): TreeRow {
  return {
    ...PLAIN_ROW,
    text: safeText(node.title),
    ...resultOf(node),
    doubt: (node.step?.notes ?? []).map(({ text }) => ` ! ${safeText(text)}`).join(""),
    duration: durationText(node.duration_ns),
    children: [
      ...childRows(node, rows, drawing),
      ...enqueuedRows(drawing.ofStep.get(node.step?.id ?? node.id) ?? [], drawing),
      ...ownTimeRow(node),
    ],
  };
}

function resultOf({ step, attempt, kind }: TreeNode): Pick<TreeRow, "result" | "isError"> {
  if (kind === "attempt" && attempt !== null) {
    const { state, error } = attempt;
    const failure = error === null ? "" : ` ${safeText(error.class)}`;
    if (state === "completed") return { result: "", isError: false };
    return state === "failed"
      ? { result: ` ✗${failure}`, isError: true }
      : { result: `  ${state}${failure}`, isError: false };
  }
  const result = step?.result ?? null;
  if (result === null) return { result: "", isError: false };
  const isError = step?.status === "error" || result.includes("✗");
  return { result: `${result.startsWith("✗") ? " " : "  "}${safeText(result)}`, isError };
}

function childRows(
  { kind, children }: TreeNode,
  rows: ReadonlyMap<TreeNode, TreeRow>,
  { isFolded }: Drawing,
): readonly TreeRow[] {
  const shown = children.filter((child) => !(kind === "transaction" && isShortBegin(child)));
  const groups = parallelGroups(shown);
  return foldAlike(shown, isFolded).map(({ nodes, title }) => {
    const [node] = nodes;
    const row = (node && rows.get(node)) ?? { ...PLAIN_ROW, text: "" };
    if (nodes.length === 1) return { ...row, parallel: node && groups.get(node) };
    const total = nodes.reduce((sum, each) => sum + (each.duration_ns ?? 0), 0);
    return {
      ...PLAIN_ROW,
      text: safeText(title),
      result: `  ×${nodes.length}`,
      duration: formatDuration(total),
    };
  });
}

/** The node of a transaction stands for its BEGIN, unless that took time. */
function isShortBegin({ step, duration_ns: duration }: TreeNode): boolean {
  return (
    step?.detail?.type === "db" &&
    step.detail.transaction === step.id &&
    duration !== null &&
    duration < OWN_TIME_MIN
  );
}

/** Numbers those that ran at the same time: a group ends where all of it has ended. */
function parallelGroups(siblings: readonly TreeNode[]): ReadonlyMap<TreeNode, number> {
  const groups = new Map<TreeNode, number>();
  let group = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const node of siblings) {
    if (!node.isParallel) continue;
    if (node.start_ns + OWN_TIME_MIN > until) group++;
    until = Math.max(until, node.start_ns + (node.duration_ns ?? 0));
    groups.set(node, group);
  }
  return groups;
}

function ownTimeRow({ kind, own_ns: own, children }: TreeNode): readonly TreeRow[] {
  if (own === null || own === 0) return [];
  const isWorth = kind === "job" || kind === "attempt" || own >= OWN_TIME_MIN;
  if (!isWorth || (kind !== "job" && kind !== "attempt" && children.length === 0)) return [];
  return [{ ...PLAIN_ROW, text: "own time, no span", duration: formatDuration(own) }];
}

/** Jobs that were enqueued, and under each what it enqueued. As deep as the chain was read. */
function enqueuedRows(edges: readonly GraphEdge[], drawing: Drawing): readonly TreeRow[] {
  return edges.flatMap((edge) => {
    const node = drawing.nodes.get(edge.to);
    if (node === undefined) return [];
    const row = nodeRow(node, edge, drawing.view);
    if (node.level <= 0) return [{ ...row, result: "  (above)", isError: false }];
    if (drawing.drawnBy.get(node.id) !== edge)
      return [{ ...row, result: "  (drawn elsewhere)", isError: false }];
    return [{ ...row, children: enqueuedRows(drawing.edges.get(node.id) ?? [], drawing) }];
  });
}
