/** Where a drawing of the graph begins: nodes from which all the others are reached. */
import type { NumberedEdge } from "./cycles.js";
import { strongComponents } from "./strong-components.js";

/** What nothing leads to; and of each cycle that nothing outside of it leads to, the node that enqueued most. */
export function rootsOf(
  successors: readonly (readonly number[])[],
  edges: readonly NumberedEdge[],
): readonly number[] {
  const pushed = new Map<number, number>();
  for (const { from, count } of edges) pushed.set(from, (pushed.get(from) ?? 0) + count);
  const byPushes = (a: number, b: number): number =>
    (pushed.get(b) ?? 0) - (pushed.get(a) ?? 0) || a - b;

  const components = strongComponents(successors);
  const componentOf = new Map<number, number>();
  for (const [at, { nodes }] of components.entries())
    for (const node of nodes) componentOf.set(node, at);
  const reached = new Set<number | undefined>();
  for (const { from, to } of edges)
    if (componentOf.get(from) !== componentOf.get(to)) reached.add(componentOf.get(to));
  return components
    .filter((_, at) => !reached.has(at))
    .map(({ nodes }) => [...nodes].sort(byPushes)[0] ?? 0)
    .filter((node) => (successors[node]?.length ?? 0) > 0)
    .sort(byPushes);
}
