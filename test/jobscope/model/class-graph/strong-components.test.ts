/** Strongly connected components, against the plain definition: each of two leads to the other. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { strongComponents } from "../../../../src/jobscope/model/class-graph/strong-components.js";

type Graph = readonly (readonly number[])[];

/** What `from` leads to in one step or more. */
function reached(graph: Graph, from: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const waiting = [...(graph[from] ?? [])];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...(graph[node] ?? []));
  }
  return seen;
}

const graphs = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), {
    minLength: size,
    maxLength: size,
  }),
);

describe("strongly connected components", () => {
  it("hold together what leads to each other, and nothing else, what they lead to before them", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const components = strongComponents(graph);
        const place = new Map(components.flatMap(({ nodes }, at) => nodes.map((n) => [n, at])));
        assert.equal(place.size, graph.length);
        for (const [a, next] of graph.entries()) {
          const fromA = reached(graph, a);
          for (const b of graph.keys()) {
            const isMutual = a === b || (fromA.has(b) && reached(graph, b).has(a));
            assert.equal(place.get(a) === place.get(b), isMutual, `${a} ${b}`);
          }
          for (const b of next) assert.ok((place.get(b) ?? 0) <= (place.get(a) ?? 0));
          assert.equal(components[place.get(a) ?? 0]?.isCycle, fromA.has(a));
        }
      }),
    );
  });

  it("of a chain of 100,000 need no stack", () => {
    const size = 100_000;
    const circle = Array.from({ length: size }, (_, at) => [(at + 1) % size]);
    assert.deepEqual(
      strongComponents(circle).map(({ nodes }) => nodes.length),
      [size],
    );
    assert.equal(strongComponents([...circle.slice(0, -1), []]).length, size);
  });
});
