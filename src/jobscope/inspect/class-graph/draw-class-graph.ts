/**
 * A graph of classes as lines: from each root to the right, and what does not fit the width from the top down. What was
 * drawn before is named and not drawn again.
 */
import type {
  ClassEdge,
  ClassGraphDocument,
} from "../../model/class-graph/class-graph-document.js";
import { countText } from "../../model/count-text.js";
import { displayWidth, truncate } from "../layout.js";
import { asciiSigns } from "../safe-text.js";
import { formatDuration } from "../time-words.js";
import type { View } from "../view.js";
import { titleOf } from "./node-title.js";

/** Deeper ones are counted. */
const DRAWN_DEPTH_MAX = 40;
const DRAWN_EDGES_MAX = 1_000;
/** Of lines in a pipe, where no width is known: beyond, a line that goes down is easier to read. Cells. */
const LINE_MAX = 160;

export interface DrawnGraph {
  readonly lines: readonly string[];
  /** Edges that are in no line. */
  readonly omitted: number;
}

interface Drawing {
  /** By the id of the node that they come from, the most frequent first. */
  readonly edges: ReadonlyMap<string, readonly ClassEdge[]>;
  readonly titles: ReadonlyMap<string, string>;
  readonly withWaits: boolean;
  readonly drawn: Set<string>;
  count: number;
}

/** A node with what it enqueued. */
interface Branch {
  /** Behind the arrow. */
  readonly text: string;
  readonly arrow: string;
  readonly children: readonly Branch[];
}

export function drawClassGraph(
  document: ClassGraphDocument,
  { width, ascii, style }: Pick<View, "width" | "ascii" | "style">,
  withWaits: boolean,
): DrawnGraph {
  const drawing: Drawing = {
    edges: edgesByNode(document.edges),
    titles: new Map(document.nodes.map((node) => [node.id, titleOf(node)])),
    withWaits,
    drawn: new Set(),
    count: 0,
  };
  const lines = document.roots.flatMap((root) => {
    if (drawing.count >= DRAWN_EDGES_MAX) return [];
    const branch = branchOf(root, "", [root], drawing);
    const toTheRight = linesToTheRight(branch);
    const isFitting = toTheRight.every(
      (line) => displayWidth(inSigns(line, ascii)) <= (width ?? LINE_MAX),
    );
    return isFitting ? toTheRight : linesDown(branch);
  });
  const arrows = /[├└]?──[^─▶]*──▶|[│├└]/g;
  return {
    lines: lines
      .map((line) => cutTo(width, line, ascii))
      .map((line) => (ascii ? line : line.replace(arrows, style.dim))),
    omitted: document.edges.length - drawing.count,
  };
}

function inSigns(line: string, ascii: boolean): string {
  return ascii ? asciiSigns(line) : line;
}

/** In ASCII the sign for what was cut takes three cells. */
function cutTo(width: number | undefined, line: string, ascii: boolean): string {
  const text = inSigns(line, ascii);
  if (width === undefined || displayWidth(text) <= width) return text;
  return inSigns(truncate(text, ascii ? width - 2 : width), ascii);
}

function edgesByNode(edges: readonly ClassEdge[]): ReadonlyMap<string, readonly ClassEdge[]> {
  const byNode = new Map<string, ClassEdge[]>();
  for (const edge of edges) {
    const own = byNode.get(edge.from);
    if (own === undefined) byNode.set(edge.from, [edge]);
    else own.push(edge);
  }
  // Equal ones stay in the order of the document.
  for (const own of byNode.values()) own.sort((a, b) => b.count - a.count);
  return byNode;
}

/** `path`: from the root to this node. */
function branchOf(id: string, arrow: string, path: readonly string[], drawing: Drawing): Branch {
  const title = drawing.titles.get(id) ?? id;
  if (path.indexOf(id) < path.length - 1) return { text: `${title} ↺`, arrow, children: [] };
  if (drawing.drawn.has(id)) return { text: `${title} (above)`, arrow, children: [] };
  drawing.drawn.add(id);
  const edges = drawing.edges.get(id) ?? [];
  if (path.length > DRAWN_DEPTH_MAX && edges.length > 0)
    return { text: `${title} …`, arrow, children: [] };
  const children: Branch[] = [];
  for (const edge of edges) {
    if (drawing.count >= DRAWN_EDGES_MAX) break;
    drawing.count++;
    const to = [...path, edge.to];
    children.push(branchOf(edge.to, `──${labelOf(edge, drawing)}──▶ `, to, drawing));
  }
  return { text: title, arrow, children };
}

function labelOf({ count, wait_ns: wait }: ClassEdge, { withWaits }: Drawing): string {
  if (!withWaits) return countText(count);
  return `${countText(count)}, ${wait === null ? "–" : formatDuration(wait)}`;
}

/** The first child stands behind its parent, the others under it. */
function linesToTheRight({ text, children }: Branch): readonly string[] {
  const lines: string[] = [];
  const margin = " ".repeat(displayWidth(text) + 1);
  for (const [at, child] of children.entries()) {
    const isLast = at === children.length - 1;
    const corner = at === 0 ? "" : isLast ? "└" : "├";
    const under = " ".repeat(displayWidth(child.arrow) + displayWidth(corner) - (isLast ? 0 : 1));
    for (const [row, line] of linesToTheRight(child).entries()) {
      if (row > 0) lines.push(`${margin}${isLast ? "" : "│"}${under}${line}`);
      else lines.push(`${at === 0 ? `${text} ` : margin}${corner}${child.arrow}${line}`);
    }
  }
  return lines.length === 0 ? [text] : lines;
}

function linesDown({ text, children }: Branch): readonly string[] {
  return [
    text,
    ...children.flatMap((child, at) => {
      const isLast = at === children.length - 1;
      const [first = "", ...rest] = linesDown(child);
      return [
        `${isLast ? "└" : "├"}${child.arrow}${first}`,
        ...rest.map((line) => `${isLast ? "   " : "│  "}${line}`),
      ];
    }),
  ];
}
