/** A graph of classes in Graphviz's language and as a Mermaid flowchart. */
import type {
  ClassEdge,
  ClassGraphDocument,
  ClassNode,
} from "../../model/class-graph/class-graph-document.js";
import { countText } from "../../model/count-text.js";
import { quoted } from "../graph/dot-lines.js";
import { textOf } from "../graph/mermaid-lines.js";
import { nameOf } from "../graph/picture-labels.js";
import { formatDuration } from "../time-words.js";
import { titleOf } from "./node-title.js";

export function classGraphDot(document: ClassGraphDocument): readonly string[] {
  const { inCycle, inLong } = cyclesOf(document);
  const names = namesOf(document);
  return [
    "digraph jobs {",
    '  rankdir=LR; node [shape=box, fontname="monospace"]; edge [fontname="monospace"];',
    ...document.nodes.map((node) => {
      const shape = isClass(node) ? "" : ", shape=ellipse";
      const color = inLong(node.id) ? ', color="#bb0000", penwidth=2' : "";
      return `  ${names.get(node.id)} [label=${quoted(nodeLines(node))}${shape}${color}];`;
    }),
    ...document.edges.map((edge) => {
      const bold = inCycle(edge) ? ", penwidth=2" : "";
      return `  ${names.get(edge.from)} -> ${names.get(edge.to)} [label=${quoted(edgeLines(edge))}${bold}];`;
    }),
    "}",
  ];
}

export function classGraphMermaid(document: ClassGraphDocument): readonly string[] {
  const { inCycle, inLong } = cyclesOf(document);
  const names = namesOf(document);
  return [
    "flowchart LR",
    ...document.nodes.map((node) => {
      const label = `"${textOf(nodeLines(node), "<br/>")}"`;
      const shape = isClass(node) ? `[${label}]` : `([${label}])`;
      return `  ${names.get(node.id)}${shape}${inLong(node.id) ? ":::long" : ""}`;
    }),
    ...document.edges.map((edge) => {
      const arrow = inCycle(edge) ? "==>" : "-->";
      const label = textOf([edgeLines(edge).join(", ")], " ");
      return `  ${names.get(edge.from)} ${arrow}|"${label}"| ${names.get(edge.to)}`;
    }),
    "  classDef long stroke:#b00,stroke-width:2px",
  ];
}

/** The same in every picture, so that two can be merged. */
function namesOf({ nodes }: ClassGraphDocument): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }) => [id, `n_${nameOf(id)}`]));
}

function isClass({ jobs }: ClassNode): boolean {
  return jobs !== null;
}

function nodeLines(node: ClassNode): readonly string[] {
  const jobs = node.jobs === null || node.jobs === 0 ? "" : countOf(node.jobs);
  return [titleOf(node), jobs];
}

function countOf(jobs: number): string {
  return `${countText(jobs)} ${jobs === 1 ? "job" : "jobs"}`;
}

function edgeLines({ count, wait_ns: wait }: ClassEdge): readonly string[] {
  return [countText(count), wait === null ? "" : `waited ${formatDuration(wait)}`].filter(Boolean);
}

function cyclesOf({ cycles }: ClassGraphDocument): {
  readonly inCycle: (edge: ClassEdge) => boolean;
  readonly inLong: (id: string) => boolean;
} {
  const cycleById = new Map(
    cycles.flatMap((cycle) => cycle.classes.map((id) => [id, cycle] as const)),
  );
  return {
    inCycle: ({ from, to }) => cycleById.has(from) && cycleById.get(from) === cycleById.get(to),
    inLong: (id) => cycleById.get(id)?.long === true,
  };
}
