/** A graph of classes for a terminal: the drawing, its cycles, and what it was made from. */
import type {
  ClassCycle,
  ClassGraphDocument,
  ClassNode,
  UnknownEnqueuers,
} from "../../model/class-graph/class-graph-document.js";
import { countText } from "../../model/count-text.js";
import { shortId } from "../job-list-text.js";
import { displayWidth, padEnd } from "../layout.js";
import { asciiSigns, safeText } from "../safe-text.js";
import { PLAIN } from "../style.js";
import type { View } from "../view.js";
import { wrap } from "../wrap.js";
import { drawClassGraph } from "./draw-class-graph.js";
import { titleOf } from "./node-title.js";

/** Jids of an example that a line shows: as many as it has room for. */
const EXAMPLES_SHOWN = [3, 2, 1] as const;
/** Classes that are named where only a number is needed. */
const CLASSES_SHOWN = 5;

export interface ClassGraphView extends Pick<View, "width" | "ascii" | "style"> {
  /** The median wait stands in the arrows. */
  readonly waits: boolean;
}

/** `window`: `24h to 09:15`. */
export function classGraphLines(
  document: ClassGraphDocument,
  window: string,
  view: ClassGraphView,
): readonly string[] {
  const drawn = drawClassGraph(document, view, view.waits);
  const finish = (line: string): string => (view.ascii ? asciiSigns(line) : line);
  const cycles = cycleLines(document, view).map(finish);
  const facts = factLines(document, window, drawn.omitted)
    .flatMap((line) => wrap(line, view.width, "", "  "))
    .map(finish);
  return [drawn.lines, cycles, facts]
    .filter((part) => part.length > 0)
    .flatMap((part, at) => (at === 0 ? part : ["", ...part]));
}

function cycleLines(
  { cycles, nodes }: ClassGraphDocument,
  view: ClassGraphView,
): readonly string[] {
  const titles = new Map(nodes.map((node) => [node.id, titleOf(node)]));
  const ways = cycles.map((cycle) => wayText(cycle, titles));
  const most = Math.max(...ways.map(displayWidth));
  const lines = cycles.flatMap((cycle, at) => {
    const way = padEnd(ways[at] ?? "", most);
    const fitting = EXAMPLES_SHOWN.find(
      (shown) =>
        view.width === undefined ||
        displayWidth(cycleParts(cycle, way, shown, { ...view, style: PLAIN }).join(PART_GAP)) <=
          view.width,
    );
    if (fitting !== undefined) return [cycleParts(cycle, way, fitting, view).join(PART_GAP)];
    const [facts = "", example = ""] = cycleParts(cycle, way, EXAMPLES_SHOWN[0], view);
    return [facts, `    ${example}`];
  });
  return lines.length === 0 ? [] : ["Cycles", ...lines];
}

const PART_GAP = "   ";

/** What is one line where there is room. `shown`: jids of the example. */
function cycleParts(
  cycle: ClassCycle,
  way: string,
  shown: number,
  view: ClassGraphView,
): readonly string[] {
  const mark = cycle.long ? view.style.doubt(" !") : "";
  const chain = `longest chain ${cycle.chain_exact ? "" : "at least "}${countText(cycle.longest_chain)}`;
  const facts = `${timesText(cycle.count)}${retriesText(cycle)}, ${chain}${mark}`;
  return [`  ${way}${PART_GAP}${facts}`, exampleText(cycle, shown, view)];
}

/** `A → B → A`, with those that the shortest way round does not come by. */
function wayText({ path, classes }: ClassCycle, titles: ReadonlyMap<string, string>): string {
  const titleById = (id: string | undefined): string => titles.get(id ?? "") ?? "";
  const way = [...path, path[0]].map(titleById).join(" → ");
  const others = classes.filter((id) => !path.includes(id)).map(titleById);
  return others.length === 0 ? way : `${way} (with ${listed(others)})`;
}

function timesText(count: number): string {
  return count === 1 ? "once" : `${countText(count)} times`;
}

function retriesText({ count, retries }: ClassCycle): string {
  if (retries === 0) return "";
  if (retries === 1) return count === 1 ? " (an ActiveJob retry)" : " (1 ActiveJob retry)";
  return ` (${countText(retries)} ActiveJob retries)`;
}

/** In a pipe whole ids, for whoever reads on. */
function exampleText(
  { example, longest_chain: length }: ClassCycle,
  shown: number,
  { width, ascii, style }: ClassGraphView,
): string {
  if (example.length === 0) return "no job of it was followed";
  const ids = example
    .slice(0, shown)
    .map((jid) => style.id(width === undefined ? safeText(jid) : shortId(jid, ascii)));
  // One alone is where the chain begins, as the words before it say.
  const more = length > ids.length && ids.length > 1 ? " → …" : "";
  return `example ${ids.join(" → ")}${more}`;
}

function factLines(
  { jobs, pushes, nodes, omitted }: ClassGraphDocument,
  window: string,
  notDrawn: number,
): readonly string[] {
  const unknown = (key: keyof UnknownEnqueuers): readonly ClassNode[] =>
    nodes.filter((node) => node.unknown[key] > 0);
  const told = (key: keyof UnknownEnqueuers, one: string, many: string): readonly string[] => {
    const found = unknown(key);
    const count = found.reduce((sum, node) => sum + node.unknown[key], 0);
    if (count === 0) return [];
    const classes = [...found]
      .sort((a, b) => b.unknown[key] - a.unknown[key])
      .map((node) => `${titleOf(node)} ${countText(node.unknown[key])}`);
    return [`${countText(count)} ${count === 1 ? one : many}: ${listed(classes)}`];
  };
  return [
    `${plural(jobs, "job", "jobs")}, ${plural(pushes, "push", "pushes")} (${window})`,
    ...told(
      "none",
      "push with nothing recorded around it",
      "pushes with nothing recorded around them",
    ),
    ...told(
      "not_received",
      "push whose enqueuer was not received",
      "pushes whose enqueuers were not received",
    ),
    ...told("not_recorded", "job without a recorded push", "jobs without a recorded push"),
    ...told(
      "not_looked_for",
      "push in a trace too large to read",
      "pushes in traces too large to read",
    ),
    ...(omitted.pushes_of_others === 0
      ? []
      : [
          `${plural(omitted.pushes_of_others, "push", "pushes")} by or of what is drawn as "other"`,
        ]),
    ...(omitted.pushes_without_edge === 0
      ? []
      : [`${plural(omitted.pushes_without_edge, "push", "pushes")} in more edges than are kept`]),
    ...(omitted.links === 0
      ? []
      : [`${plural(omitted.links, "push", "pushes")} not followed for chains`]),
    ...(notDrawn === 0 ? [] : [`${plural(notDrawn, "edge", "edges")} not drawn: --json has all`]),
  ];
}

function plural(count: number, one: string, many: string): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - CLASSES_SHOWN;
  const shown = names.slice(0, CLASSES_SHOWN).join(", ");
  return more <= 0 ? shown : `${shown} and ${countText(more)} more`;
}
