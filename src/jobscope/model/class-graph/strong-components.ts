/**
 * Strongly connected components (Tarjan 1972, "Depth-first search and linear graph algorithms"): sets of nodes each of which
 * leads to every other. Without recursion, for a chain of classes may be long.
 */

export interface Component {
  readonly nodes: readonly number[];
  /** Whether one can go round in it: more than one node, or one that leads to itself. */
  readonly isCycle: boolean;
}

interface Visit {
  readonly node: number;
  /** Of its successors, the next to look at. */
  next: number;
}

/** `successors[i]`: where node i leads to. A component comes after all that it leads to. */
export function strongComponents(successors: readonly (readonly number[])[]): readonly Component[] {
  const order: number[] = [];
  const lowest: number[] = [];
  const isOpen: boolean[] = [];
  const stack: number[] = [];
  const components: Component[] = [];
  let count = 0;

  function enter(node: number): Visit {
    order[node] = lowest[node] = count++;
    stack.push(node);
    isOpen[node] = true;
    return { node, next: 0 };
  }

  function close(node: number): void {
    if (lowest[node] !== order[node]) return;
    const nodes = stack.splice(stack.lastIndexOf(node));
    for (const each of nodes) isOpen[each] = false;
    const isCycle = nodes.length > 1 || successors[node]?.includes(node) === true;
    components.push({ nodes: nodes.sort((a, b) => a - b), isCycle });
  }

  function lower(node: number, to: number | undefined): void {
    lowest[node] = Math.min(lowest[node] ?? 0, to ?? 0);
  }

  for (let first = 0; first < successors.length; first++) {
    if (order[first] !== undefined) continue;
    const path: Visit[] = [enter(first)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { node } = visit;
      const to = successors[node]?.[visit.next++];
      if (to === undefined) {
        path.pop();
        close(node);
        const above = path.at(-1);
        if (above !== undefined) lower(above.node, lowest[node]);
      } else if (order[to] === undefined) path.push(enter(to));
      else if (isOpen[to] === true) lower(node, order[to]);
    }
  }
  return components;
}
