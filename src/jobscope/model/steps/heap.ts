/** Gives back the least of what it holds, in a time that grows with the logarithm of how much that is. */

export interface Heap<Item> {
  add(item: Item): void;
  /** The least; undefined when there is none. */
  first(): Item | undefined;
  take(): Item | undefined;
}

export function createHeap<Item>(isLess: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = [];
  const lessAt = (a: number, b: number): boolean => {
    const one = items[a];
    const other = items[b];
    return one !== undefined && other !== undefined && isLess(one, other);
  };
  const swap = (a: number, b: number): void => {
    const one = items[a];
    const other = items[b];
    if (one === undefined || other === undefined) return;
    items[a] = other;
    items[b] = one;
  };
  return {
    first: () => items[0],
    add(item) {
      items.push(item);
      let at = items.length - 1;
      while (at > 0) {
        const above = (at - 1) >> 1;
        if (!lessAt(at, above)) break;
        swap(at, above);
        at = above;
      }
    },
    take() {
      const least = items[0];
      const last = items.pop();
      if (last === undefined || items.length === 0) return least;
      items[0] = last;
      let at = 0;
      for (;;) {
        const left = 2 * at + 1;
        const smaller = lessAt(left + 1, left) ? left + 1 : left;
        if (!lessAt(smaller, at)) return least;
        swap(smaller, at);
        at = smaller;
      }
    },
  };
}
