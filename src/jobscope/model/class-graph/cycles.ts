/** The cycles of a graph of classes, each with a way round it and the longest chain of real jobs that went it. */
import type { ClassCycle } from "./class-graph-document.js";
import { type Component, strongComponents } from "./strong-components.js";

/** Jobs of one chain from which on it is marked: a job that polls has such chains, and so has one that does not end. */
export const LONG_CHAIN_FROM = 51;
/** Of the longest chain. */
const EXAMPLE_MAX = 100;

/** Nodes are numbered in the order of the document. */
export interface NumberedEdge {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly retries: number;
}

export interface Chains {
  /** Jids of the longest chain over the wanted pairs of nodes. */
  longest(isWanted: (from: number, to: number) => boolean): readonly string[];
  /** Whether every push was followed. */
  readonly isWhole: boolean;
}

/** `ids`: of the nodes. `edges`: in the order of the document. */
export function cyclesOf(
  ids: readonly string[],
  edges: readonly NumberedEdge[],
  chains: Chains,
): readonly ClassCycle[] {
  const successors = successorsOf(ids.length, edges);
  return strongComponents(successors)
    .filter(({ isCycle }) => isCycle)
    .map((component) => ({ component, cycle: cycleOf(component, ids, edges, successors, chains) }))
    .sort(
      (a, b) =>
        b.cycle.count - a.cycle.count || (a.component.nodes[0] ?? 0) - (b.component.nodes[0] ?? 0),
    )
    .map(({ cycle }) => cycle);
}

export function successorsOf(
  count: number,
  edges: readonly Pick<NumberedEdge, "from" | "to">[],
): readonly (readonly number[])[] {
  const successors: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) successors[from]?.push(to);
  return successors;
}

function cycleOf(
  { nodes }: Component,
  ids: readonly string[],
  edges: readonly NumberedEdge[],
  successors: readonly (readonly number[])[],
  chains: Chains,
): ClassCycle {
  const inside = new Set(nodes);
  const own = edges.filter(({ from, to }) => inside.has(from) && inside.has(to));
  const chain = chains.longest((from, to) => inside.has(from) && inside.has(to));
  const idOf = (node: number): string => ids[node] ?? "";
  return {
    path: shortestWayRound(nodes[0] ?? 0, inside, successors).map(idOf),
    classes: nodes.map(idOf),
    count: own.reduce((sum, { count }) => sum + count, 0),
    retries: own.reduce((sum, { retries }) => sum + retries, 0),
    longest_chain: chain.length,
    chain_exact: chains.isWhole,
    long: chain.length >= LONG_CHAIN_FROM,
    example: chain.slice(0, EXAMPLE_MAX),
    example_omitted: Math.max(0, chain.length - EXAMPLE_MAX),
  };
}

/** From `first` back to it, which is not repeated. Breadth first, so that it is the shortest. */
function shortestWayRound(
  first: number,
  inside: ReadonlySet<number>,
  successors: readonly (readonly number[])[],
): readonly number[] {
  const cameFrom = new Map<number, number>();
  const waiting = [first];
  for (const node of waiting) {
    for (const to of successors[node] ?? []) {
      if (to === first) return wayTo(node, first, cameFrom);
      if (!inside.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, node);
      waiting.push(to);
    }
  }
  return [first];
}

function wayTo(
  last: number,
  first: number,
  cameFrom: ReadonlyMap<number, number>,
): readonly number[] {
  const way = [last];
  for (let node = last; node !== first; ) {
    node = cameFrom.get(node) ?? first;
    way.push(node);
  }
  return way.reverse();
}
