/** What the nodes and arrows of a drawn chain say, in dot and in Mermaid alike. Texts are safe to print, not yet quoted. */
import type { Ns } from "../../model/document-units.js";
import { parseInstant } from "../../model/time.js";
import { safeText } from "../safe-text.js";
import { formatDuration } from "../time-words.js";
import type { ChainGraph, GraphEdge, GraphNode } from "./chain-graph.js";
import { moreText } from "./job-row.js";

export interface PictureNode {
  /** Letters, digits and underscores. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly shape: "job" | "other";
  readonly look: "plain" | "failed" | "queued";
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** The job at its end has not run. */
  readonly isOpen: boolean;
}

export function pictureOf({ nodes, edges }: ChainGraph): {
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
} {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return {
    nodes: nodes.map(pictureNode),
    edges: edges.flatMap((edge) => {
      const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
      return from && to ? [pictureEdge(edge, from, to)] : [];
    }),
  };
}

function pictureNode(node: GraphNode): PictureNode {
  return {
    name: nodeName(node),
    lines: linesOf(node),
    shape: node.kind === "job" ? "job" : "other",
    look:
      node.state === "failed" || node.state === "orphaned"
        ? "failed"
        : node.state === "queued" || (node.kind === "job" && node.state === null)
          ? "queued"
          : "plain",
  };
}

function linesOf(node: GraphNode): readonly string[] {
  const took = node.duration_ns === null ? [] : [formatDuration(node.duration_ns)];
  switch (node.kind) {
    case "request":
    case "span":
      return [safeText(node.title), ...took];
    case "not_received":
      return ["(not received)"];
    case "more":
      return [moreText(node)];
    case "job":
      return [safeText(node.title), [...stateWords(node), ...took].join(" ")];
  }
}

function stateWords({ state, attempts }: GraphNode): readonly string[] {
  if (state === null) return ["nothing of it received"];
  const several = attempts !== null && attempts > 1 ? [`${attempts} attempts,`] : [];
  return state === "completed" ? several : [state, ...several];
}

function pictureEdge(edge: GraphEdge, from: GraphNode, to: GraphNode): PictureEdge {
  const isOpen = to.kind === "job" && (to.state === "queued" || to.state === null);
  const wait = edge.to === to.id && to.kind === "job" ? to.wait_ns : null;
  return {
    from: nodeName(from),
    to: nodeName(to),
    label: [
      wait === null ? dueText(edge, from, isOpen) : formatDuration(wait),
      edge.before_commit ? "before COMMIT" : "",
    ]
      .filter(Boolean)
      .join(", "),
    isOpen,
  };
}

/** From the start of who enqueued it to when it is due. */
function dueText(edge: GraphEdge, from: GraphNode, isOpen: boolean): string {
  if (!isOpen) return "";
  if (edge.due_at !== null && from.started_at !== null) {
    const until: Ns = Number(parseInstant(edge.due_at) - parseInstant(from.started_at));
    return `due in ${formatDuration(until)}`;
  }
  return edge.scheduled === true ? "to run later" : "";
}

/** The jid, so that two pictures can be merged; what a name may not hold becomes its number in hex. */
export function nodeName({ id, kind }: Pick<GraphNode, "id" | "kind">): string {
  const prefix = { job: "j", request: "r", span: "r", not_received: "r", more: "m" }[kind];
  return prefix + nameOf(id);
}

export function nameOf(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, (unit) => `_${unit.charCodeAt(0).toString(16)}_`);
}
