/** The chain of a job in Graphviz's language; with steps, also what ran inside it. */
import type { TreeNode } from "../../model/tree/tree-node.js";
import { walkTree } from "../../model/tree/tree-node.js";
import { safeText } from "../safe-text.js";
import { formatDuration } from "../time-words.js";
import type { ChainGraph } from "./chain-graph.js";
import { foldAlike } from "./fold-alike.js";
import { nameOf, nodeName, pictureOf } from "./picture-labels.js";

/** `steps`: the job's tree, when it is to be drawn too. */
export function dotLines(
  chain: ChainGraph,
  steps: TreeNode | undefined,
  isFolded: boolean,
): readonly string[] {
  const { nodes, edges } = pictureOf(chain);
  return [
    "digraph job {",
    '  rankdir=TB; node [shape=box, fontname="monospace"];',
    ...nodes.map(({ name, lines, shape, look }) => {
      const looks = {
        plain: "",
        failed: ', color="#bb0000", penwidth=2',
        queued: ", style=dashed",
      }[look];
      return `  ${name} [label=${quoted(lines)}${shape === "other" ? ", shape=ellipse" : ""}${looks}];`;
    }),
    ...edges.map(
      ({ from, to, label, isOpen }) =>
        `  ${from} -> ${to} [label=${quoted([label])}${isOpen ? ", style=dashed" : ""}];`,
    ),
    ...(steps === undefined ? [] : stepLines(chain, steps, isFolded)),
    "}",
  ];
}

function stepLines(chain: ChainGraph, tree: TreeNode, isFolded: boolean): readonly string[] {
  const self = chain.nodes.find(({ level }) => level === 0);
  const lines: string[] = [];
  for (const { node } of walkTree(tree)) {
    const from = node === tree && self !== undefined ? nodeName(self) : stepName(node);
    for (const { nodes, title } of foldAlike(node.children, isFolded)) {
      const [child] = nodes;
      if (child === undefined) continue;
      const times = nodes.length > 1 ? [`×${nodes.length}`] : [];
      const took = nodes.some(({ duration_ns: duration }) => duration === null)
        ? []
        : [formatDuration(nodes.reduce((sum, each) => sum + (each.duration_ns ?? 0), 0))];
      const result = nodes.length === 1 ? (child.step?.result ?? "") : "";
      const head = `${safeText(title)} ${safeText(result)}`.trim();
      const color = child.step?.status === "error" ? ', color="#bb0000"' : "";
      lines.push(
        `  ${stepName(child)} [label=${quoted([head, [...times, ...took].join(" ")])}, shape=plaintext${color}];`,
        `  ${from} -> ${stepName(child)} [arrowhead=none];`,
      );
    }
  }
  const enqueued = chain.edges.filter(
    ({ from, via_span: via }) => from === self?.id && via !== null,
  );
  for (const { to, via_span: via } of enqueued)
    lines.push(`  s${nameOf(via ?? "")} -> ${nodeName({ id: to, kind: "job" })} [style=dotted];`);
  return lines;
}

function stepName({ id }: TreeNode): string {
  return `s${nameOf(id)}`;
}

/** Graphviz "Lexical and Semantic Notes": in a quoted text only the quote and, in labels, the backslash mean something. */
export function quoted(lines: readonly string[]): string {
  const texts = lines
    .filter((line) => line !== "")
    .map((line) => line.replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return `"${texts.join("\\n")}"`;
}
