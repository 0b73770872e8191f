/** Who enqueued the job, the job, and what it enqueued, one a line. */
import { countText } from "../model/count-text.js";
import { chainNodeOf } from "../model/document/chain.js";
import type { ChainNode, JobDocument } from "../model/job-document.js";
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDuration } from "./time-words.js";
import type { View } from "./view.js";

/** Only when the job has children: who enqueued it stands in the header already. */
export function chainLines({ chain, job }: JobDocument, view: View): readonly string[] {
  if (chain.children.length === 0) return [];
  const self = chainNodeOf(job);
  const above = chain.path.map((node, at) =>
    row(node, at === 0 ? "" : `${"   ".repeat(at - 1)}└─ `, view),
  );
  const depth = above.length;
  const own = row(self, depth === 0 ? "" : `${"   ".repeat(depth - 1)}└─ `, view);
  const groups = view.full ? chain.children.map((child) => [child]) : alike(chain.children);
  const children = groups.map((group, at) => {
    const isLast = at === groups.length - 1 && chain.children_omitted === 0;
    return rowOf(group, `${"   ".repeat(depth)}${isLast ? "└─ " : "├─ "}`, view);
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

/** So many alike in a row are one line. */
const ALIKE_MIN = 4;

/** Jobs of one class in one state that were pushed one after another, if they are many; each other job alone. */
function alike(children: readonly ChainNode[]): readonly (readonly ChainNode[])[] {
  const runs: ChainNode[][] = [];
  for (const child of children) {
    const run = runs.at(-1);
    const first = run?.[0];
    if (run !== undefined && first?.title === child.title && first.state === child.state)
      run.push(child);
    else runs.push([child]);
  }
  return runs.flatMap((run) => (run.length < ALIKE_MIN ? run.map((child) => [child]) : [run]));
}

function rowOf(group: readonly ChainNode[], branch: string, view: View): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const cells = row(first, branch, view);
  if (group.length === 1) return cells;
  const [title = "", , , , state = ""] = cells;
  return [title, `${countText(group.length)} jobs`, waitsOf(group), tookOf(group), state];
}

function waitsOf(group: readonly ChainNode[]): string {
  const longest = most(group.map(({ wait_ns: wait }) => wait));
  return longest === null ? "" : `waited up to ${formatDuration(longest)}`;
}

function tookOf(group: readonly ChainNode[]): string {
  const longest = most(group.map(({ duration_ns: duration }) => duration));
  return longest === null ? "–" : `up to ${formatDuration(longest)}`;
}

function most(values: readonly (number | null)[]): number | null {
  return values.reduce(
    (so, value) => (value !== null && (so === null || value > so) ? value : so),
    null,
  );
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
