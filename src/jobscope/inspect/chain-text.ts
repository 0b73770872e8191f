/** Who enqueued the job, the job, and what it enqueued, one a line. */
import { countText } from "../model/count-text.js";
import type { ChainNode, JobDocument } from "../model/job-document.js";
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDuration } from "./time-words.js";
import type { View } from "./view.js";

/** Only when the job has children: who enqueued it stands in the header already. */
export function chainLines({ chain, job }: JobDocument, view: View): readonly string[] {
  if (chain.children.length === 0) return [];
  const self: ChainNode = {
    kind: "job",
    id: job.jid,
    title: job.class ?? job.jid,
    service: job.service,
    state: job.state,
    started_at: job.started_at,
    duration_ns: job.duration_ns,
    wait_ns: job.wait_ns,
    via_span: null,
  };
  const above = chain.path.map((node, at) =>
    row(node, at === 0 ? "" : `${"   ".repeat(at - 1)}└─ `, view),
  );
  const depth = above.length;
  const own = row(self, depth === 0 ? "" : `${"   ".repeat(depth - 1)}└─ `, view);
  const children = chain.children.map((child, at) => {
    const isLast = at === chain.children.length - 1 && chain.children_omitted === 0;
    return row(child, `${"   ".repeat(depth)}${isLast ? "└─ " : "├─ "}`, view);
  });
  const rows = [...above, own, ...children];
  const widths = [0, 1, 2, 3].map((column) =>
    rows.reduce((most, cells) => Math.max(most, displayWidth(cells[column] ?? "")), 0),
  );
  const lines = rows.map((cells) => {
    const [title = "", id = "", times = "", took = "", state = ""] = cells;
    const line =
      `  ${padEnd(title, widths[0] ?? 0)}  ${padEnd(id, widths[1] ?? 0)}  ${padEnd(times, widths[2] ?? 0)}  ${padStart(took, widths[3] ?? 0)}  ${state}`.trimEnd();
    return view.width === undefined ? line : truncate(line, view.width);
  });
  const omitted =
    chain.children_omitted === 0
      ? []
      : [`  ${"   ".repeat(depth)}└─ and ${countText(chain.children_omitted)} more`];
  return ["Chain", ...lines, ...omitted];
}

function row(node: ChainNode, branch: string, view: View): readonly string[] {
  const isJob = node.kind === "job";
  const began = node.started_at === null ? "" : formatClock(node.started_at, view.zone, true);
  return [
    `${branch}${safeText(node.title)}`,
    isJob ? safeText(node.id.slice(0, 8)) : safeText(node.service ?? ""),
    isJob && node.wait_ns !== null ? `waited ${formatDuration(node.wait_ns)}` : began,
    node.duration_ns === null ? "–" : formatDuration(node.duration_ns),
    isJob ? (node.state ?? "not received") : "",
  ];
}
