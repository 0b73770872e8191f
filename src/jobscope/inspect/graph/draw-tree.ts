/** Rows → lines, with the branches of a tree before them. */
import { displayWidth, padStart, truncate } from "../layout.js";
import { asciiSigns } from "../safe-text.js";
import type { View } from "../view.js";
import type { TreeRow } from "./tree-row.js";

/** Deeper rows are counted: a line of branches alone tells nobody anything. */
const DRAWN_DEPTH_MAX = 40;
/** A title keeps at least this much of a narrow terminal. Cells. */
const TITLE_MIN = 8;

interface Place {
  readonly row: TreeRow;
  readonly depth: number;
  /** Before the branch: what the lines of the ancestors need. */
  readonly margin: string;
  readonly branch: string;
  /** Before the branches of its children. */
  readonly inner: string;
}

/** Without recursion, as deep as spans may be nested. */
export function drawTree(root: TreeRow, view: View): readonly string[] {
  const lines: string[] = [];
  const waiting: Place[] = [{ row: root, depth: 0, margin: "", branch: "", inner: "" }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    lines.push(lineOf(place, view));
    const { row, depth, inner } = place;
    if (depth === DRAWN_DEPTH_MAX && row.children.length > 0) {
      lines.push(`${inner}└─ … ${countOf(row.children)} more inside`);
      continue;
    }
    for (let at = row.children.length - 1; at >= 0; at--) {
      const child = row.children[at];
      if (child === undefined) continue;
      const isLast = at === row.children.length - 1;
      waiting.push({
        row: child,
        depth: depth + 1,
        margin: inner,
        branch: branchOf(row.children, at),
        inner: `${inner}${isLast ? "   " : "│  "}`,
      });
    }
  }
  return view.ascii ? lines.map(asciiSigns) : lines;
}

/** `├┬`, `├┼` and `└┴` are rows that ran at the same time. */
function branchOf(siblings: readonly TreeRow[], at: number): string {
  const corner = at === siblings.length - 1 ? "└" : "├";
  const group = siblings[at]?.parallel;
  if (group === undefined) return `${corner}─ `;
  const before = siblings[at - 1]?.parallel === group;
  const after = siblings[at + 1]?.parallel === group;
  return `${corner}${before ? (after ? "┼" : "┴") : after ? "┬" : "─"} `;
}

function lineOf({ row, margin, branch }: Place, { width, style }: View): string {
  const { text, result, doubt, duration } = row;
  const paintedEnd = `${row.isError ? style.error(result) : result}${style.doubt(doubt)}`;
  const paintedBranch = style.dim(`${margin}${branch}`);
  if (width === undefined) {
    const took = duration === null || duration === "–" ? "" : `  (${duration})`;
    return `${paintedBranch}${text}${paintedEnd}${style.dim(took)}`.trimEnd();
  }
  const before = displayWidth(`${margin}${branch}`);
  const end = displayWidth(result + doubt);
  const right = duration === null ? 0 : displayWidth(duration) + 1;
  const title = truncate(text, Math.max(TITLE_MIN, width - before - end - right));
  const used = before + displayWidth(title) + end;
  const took = duration === null ? "" : style.dim(padStart(duration, width - used));
  return `${paintedBranch}${title}${paintedEnd}${took}`.trimEnd();
}

function countOf(rows: readonly TreeRow[]): number {
  const waiting = [...rows];
  let count = 0;
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    count++;
    for (const child of row.children) waiting.push(child);
  }
  return count;
}
