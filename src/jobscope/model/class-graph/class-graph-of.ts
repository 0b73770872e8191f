/** What was added up → the document, in orders that do not depend on the one in which jobs came. */
import type { Distribution } from "../percentile.js";
import type { ClassEdge, ClassGraphDocument, ClassNode } from "./class-graph-document.js";
import type { Node } from "./class-nodes.js";
import { cyclesOf, type NumberedEdge, successorsOf } from "./cycles.js";
import type { JobLinks } from "./job-links.js";
import { rootsOf } from "./roots.js";

export interface Edge {
  readonly from: Node;
  readonly to: Node;
  count: number;
  retries: number;
  readonly waits: Distribution;
}

/** `links`: their nodes are numbered by {@link Node.index}. */
export function classGraphOf(
  nodes: readonly Node[],
  edges: readonly Edge[],
  links: JobLinks,
): Pick<ClassGraphDocument, "nodes" | "edges" | "roots" | "cycles"> {
  const ordered = [...nodes].sort(byKindAndTitle);
  const places = new Map(ordered.map(({ index }, place) => [index, place]));
  const placeOf = (index: number): number => places.get(index) ?? 0;
  const sorted = [...edges].sort(
    (a, b) =>
      placeOf(a.from.index) - placeOf(b.from.index) || placeOf(a.to.index) - placeOf(b.to.index),
  );
  const numbered: readonly NumberedEdge[] = sorted.map(({ from, to, count, retries }) => ({
    from: placeOf(from.index),
    to: placeOf(to.index),
    count,
    retries,
  }));
  const ids = ordered.map(({ id }) => id);
  const chainsOver = (isWanted: (from: number, to: number) => boolean): readonly string[] =>
    links.longestChain(({ from, to }) => isWanted(placeOf(from), placeOf(to)));
  return {
    nodes: ordered.map(nodeOf),
    edges: sorted.map(edgeOf),
    roots: rootsOf(successorsOf(ids.length, numbered), numbered).map((at) => ids[at] ?? ""),
    cycles: cyclesOf(ids, numbered, { longest: chainsOver, isWhole: links.omitted === 0 }),
  };
}

const KIND_ORDER: readonly Node["kind"][] = ["request", "span", "job", "others"];

function byKindAndTitle(a: Node, b: Node): number {
  if (a.kind !== b.kind) return KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind);
  return a.id < b.id ? -1 : 1;
}

function nodeOf({ id, kind, title, jobs, unknown }: Node): ClassNode {
  const isJob = kind === "job" || id === "others:job";
  return { id, kind, title, jobs: isJob ? jobs : null, unknown: { ...unknown } };
}

function edgeOf({ from, to, count, retries, waits }: Edge): ClassEdge {
  return {
    from: from.id,
    to: to.id,
    count,
    retries,
    wait_ns: waits.percentile(0.5),
    waits: waits.count,
    wait_exact: waits.isExact,
  };
}
