/** A job of the chain as a row: what it is, how long it waited, and how it stands unless it completed. */
import type { JobDocument } from "../../model/job-document.js";
import { countText } from "../../model/count-text.js";
import { safeText } from "../safe-text.js";
import { formatClock, formatDuration } from "../time-words.js";
import type { View } from "../view.js";
import type { GraphEdge, GraphNode } from "./chain-graph.js";
import { PLAIN_ROW, type TreeRow } from "./tree-row.js";

/** Characters of a jid that a row shows. */
const JID_SHOWN = 8;

/** `edge`: by which it was enqueued. */
export function nodeRow(node: GraphNode, edge: GraphEdge | undefined, view: View): TreeRow {
  switch (node.kind) {
    case "request":
    case "span":
      return {
        ...PLAIN_ROW,
        text: [node.title, node.service ?? ""].filter(Boolean).map(safeText).join("  "),
        duration: durationText(node.duration_ns),
      };
    case "not_received":
      return { ...PLAIN_ROW, text: "(what enqueued it was not received)" };
    case "more":
      return { ...PLAIN_ROW, text: moreText(node) };
    case "job":
      return {
        ...PLAIN_ROW,
        text: `${view.style.strong(safeText(node.title))} ${shortJid(node.id)}${waitText(node)}`,
        result: stateText(node, edge, view),
        isError: node.state === "failed",
        doubt: node.state === "orphaned" ? "  orphaned !" : "",
        duration: durationText(node.duration_ns),
      };
  }
}

export function shortJid(jid: string): string {
  return safeText(jid.slice(0, JID_SHOWN));
}

export function waitText({ wait_ns: wait }: Pick<GraphNode, "wait_ns">): string {
  return wait === null ? "" : `  waited ${formatDuration(wait)}`;
}

/** Nothing for a job that completed. */
export function stateText(
  { state, state_detail: detail, attempts }: Omit<GraphNode, "id" | "kind">,
  edge: GraphEdge | undefined,
  { zone }: View,
): string {
  const due =
    edge?.due_at != null
      ? `, due ${formatClock(edge.due_at, zone)}`
      : detail === "scheduled" || edge?.scheduled === true
        ? ", to run later"
        : "";
  switch (state) {
    case null:
      return "  nothing of it received";
    case "queued":
      return detail === "interrupted_by_shutdown"
        ? "  queued, put back by a shutdown"
        : `  queued${due}`;
    case "failed":
      return `  failed ✗${attempts !== null && attempts > 1 ? ` after ${attempts} attempts` : ""}`;
    case "running":
      return "  running";
    case "orphaned":
    case "completed":
      return attempts !== null && attempts > 1 ? `  ${attempts} attempts` : "";
  }
}

/** `… 412 more SendReceiptJob (408 completed, 4 failed)`. */
export function moreText({ title, more }: Pick<GraphNode, "title" | "more">): string {
  if (more === null || more.jobs === null) return `… more above, from ${safeText(title)} (--depth)`;
  const states = Object.entries(more.states).map(
    ([state, count]) => `${countText(count)} ${STATE_WORDS[state] ?? state}`,
  );
  return `… ${countText(more.jobs)} more ${safeText(title)} (${states.join(", ")})`;
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  not_looked_up: "not looked up",
  not_received: "not received",
};

export function durationText(duration: JobDocument["job"]["duration_ns"]): string {
  return duration === null ? "–" : formatDuration(duration);
}
