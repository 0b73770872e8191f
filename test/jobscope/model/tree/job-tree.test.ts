/** A job as a tree: own times add up, transactions are nodes, what is parallel is marked, broken parents break nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { jobTree } from "../../../../src/jobscope/model/tree/job-tree.js";
import { type TreeNode, walkTree } from "../../../../src/jobscope/model/tree/tree-node.js";
import { requestOf, sidekiqAttributes, type SpanFacts } from "../../../otlp-request.js";
import { recordedRuns } from "../../../recorded-runs.js";
import { documentOf, jidsOf, storedRequests, storedRun } from "../../../stored-runs.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const ROOT = "b7ad6b7169203331";
const START = 1_795_000_000_000_000_000n;
const JID = "a".repeat(24);

const at = (ms: number): bigint => START + BigInt(Math.round(ms * 1_000_000));

function span(id: number, from: number, to: number, more: Partial<SpanFacts> = {}): SpanFacts {
  return {
    traceId: TRACE,
    spanId: id.toString(16).padStart(16, "0"),
    parentSpanId: ROOT,
    name: `work ${id}`,
    kind: 1,
    start: at(from),
    end: at(to),
    scope: "Work",
    ...more,
  };
}

function sql(id: number, from: number, to: number, statement: string, parent = ROOT): SpanFacts {
  return span(id, from, to, {
    kind: 3,
    scope: "PG",
    parentSpanId: parent,
    attributes: { "db.system": "postgresql", "db.statement": statement },
  });
}

async function treeOf(spans: readonly SpanFacts[], duration = 100): Promise<TreeNode> {
  const root: SpanFacts = {
    ...span(0, 0, duration),
    spanId: ROOT,
    kind: 5,
    scope: "Sidekiq",
    attributes: sidekiqAttributes(JID, "TreeJob"),
  };
  const { parentSpanId: _, ...top } = root;
  const document = await documentOf(await storedRequests(requestOf([top, ...spans])), JID);
  return jobTree(document, document.attempts);
}

/** Titles, two spaces for each level. */
function outline(tree: TreeNode): readonly string[] {
  return [...walkTree(tree)].map(({ node, depth }) => `${"  ".repeat(depth)}${node.title}`);
}

function idOf(id: number): string {
  return id.toString(16).padStart(16, "0");
}

/** The union of the children, counted another way than the code does: by the edges of their times. */
function covered({ children, start_ns: start, duration_ns: duration }: TreeNode): number {
  const end = start + (duration ?? 0);
  const edges = children
    .flatMap((child) => [
      [Math.max(start, child.start_ns), 1] as const,
      [Math.min(end, child.start_ns + (child.duration_ns ?? 0)), -1] as const,
    ])
    .filter(([, step], index, all) => {
      const pair = all[step === 1 ? index + 1 : index - 1];
      const [from, to] = step === 1 ? [all[index]?.[0], pair?.[0]] : [pair?.[0], all[index]?.[0]];
      return (to ?? 0) > (from ?? 0);
    })
    .sort(([a, first], [b, second]) => a - b || second - first);
  let open = 0;
  let total = 0;
  let from = 0;
  for (const [time, step] of edges) {
    if (open === 0) from = time;
    open += step;
    if (open === 0) total += time - from;
  }
  return total;
}

describe("the tree of a job", () => {
  for (const { name } of recordedRuns()) {
    it(`has every step of every job of ${name} once, and its children and own time add up`, async () => {
      const reader = await storedRun(name);
      for (const jid of await jidsOf(reader)) {
        const document = await documentOf(reader, jid);
        const nodes = [...walkTree(jobTree(document, document.attempts))].map(({ node }) => node);
        const steps = document.attempts
          .flatMap((attempt) => attempt.steps)
          .filter(({ kind }) => !["started", "finished", "failed", "gap", "log"].includes(kind))
          .map(({ id }) => id);
        const drawn = nodes.flatMap(({ step }) => (step === null ? [] : [step.id]));
        assert.deepEqual(drawn.toSorted(), steps.toSorted());
        for (const node of nodes)
          if (node.duration_ns !== null)
            assert.equal((node.own_ns ?? -1) + covered(node), node.duration_ns, node.title);
      }
    });
  }

  it("puts a transaction's steps under a node from BEGIN to COMMIT, and what follows beside it", async () => {
    const tree = await treeOf([
      sql(1, 1, 2, "SELECT * FROM carts"),
      sql(2, 5, 6, "BEGIN"),
      sql(3, 7, 9, "INSERT INTO orders (id) VALUES (1)"),
      sql(4, 20, 26, "COMMIT"),
      sql(5, 30, 31, "BEGIN"),
      sql(6, 32, 33, "DELETE FROM carts"),
      sql(7, 34, 35, "ROLLBACK"),
    ]);
    assert.deepEqual(outline(tree), [
      "TreeJob",
      "  SELECT carts",
      "  transaction, committed",
      "    BEGIN TRANSACTION",
      "    INSERT orders (...)",
      "    COMMIT",
      "  transaction, rolled back",
      "    BEGIN TRANSACTION",
      "    DELETE carts",
      "    ROLLBACK",
    ]);
    assert.deepEqual([tree.children[1]?.duration_ns, tree.children[1]?.own_ns], [21e6, 12e6]);
  });

  it("draws no node for a transaction that ends outside of the step it began in", async () => {
    const tree = await treeOf([
      span(1, 1, 10),
      sql(2, 2, 3, "BEGIN", idOf(1)),
      sql(3, 4, 5, "INSERT INTO orders (id) VALUES (1)", idOf(1)),
      sql(4, 20, 21, "COMMIT"),
    ]);
    assert.deepEqual(outline(tree), [
      "TreeJob",
      "  work 1",
      "    BEGIN TRANSACTION",
      "    INSERT orders (...)",
      "  COMMIT",
    ]);
  });

  it("gives a transaction without an end no duration and everything after its BEGIN", async () => {
    const tree = await treeOf([
      sql(1, 2, 3, "BEGIN"),
      sql(2, 4, 5, "INSERT INTO orders (id) VALUES (1)"),
      span(3, 6, 7),
    ]);
    assert.deepEqual(outline(tree), [
      "TreeJob",
      "  transaction, no end recorded",
      "    BEGIN TRANSACTION",
      "    INSERT orders (...)",
      "    work 3",
    ]);
    assert.deepEqual([tree.children[0]?.duration_ns, tree.children[0]?.own_ns], [null, null]);
  });

  it("marks siblings that ran at the same time and no others", async () => {
    const tree = await treeOf([
      span(1, 0, 10),
      span(2, 10, 40),
      span(3, 20, 60),
      span(4, 50, 70),
      span(5, 80, 90),
    ]);
    assert.deepEqual(
      tree.children.map(({ title, isParallel }) => [title, isParallel]),
      [
        ["work 1", false],
        ["work 2", true],
        ["work 3", true],
        ["work 4", true],
        ["work 5", false],
      ],
    );
    assert.equal(tree.own_ns, 20e6);
  });

  it("hangs spans that are their own ancestors under the attempt, each once", async () => {
    const tree = await treeOf([
      span(1, 1, 9, { parentSpanId: idOf(2) }),
      span(2, 2, 8, { parentSpanId: idOf(1) }),
      span(3, 3, 4, { parentSpanId: idOf(2) }),
    ]);
    // Such spans have no attempt above them: they belong to no job. The tree is of what the document has.
    assert.deepEqual(outline(tree), ["TreeJob"]);
    const broken = {
      ...(await documentOf(
        await storedRequests(
          requestOf([
            {
              ...span(9, 0, 100),
              spanId: ROOT,
              parentSpanId: "",
              kind: 5,
              scope: "Sidekiq",
              attributes: sidekiqAttributes(JID, "TreeJob"),
            },
            span(1, 1, 9),
            span(2, 2, 8, { parentSpanId: idOf(1) }),
            span(3, 3, 4, { parentSpanId: idOf(2) }),
          ]),
        ),
        JID,
      )),
    };
    const attempts = broken.attempts.map((attempt) => ({
      ...attempt,
      steps: attempt.steps.map((step) =>
        step.id === idOf(1) ? { ...step, parent_id: idOf(2) } : step,
      ),
    }));
    assert.deepEqual(outline(jobTree(broken, attempts)), [
      "TreeJob",
      "  work 1",
      "  work 2",
      "    work 3",
    ]);
  });

  it("stands spans nested three thousand deep", async () => {
    const spans = Array.from({ length: 3_000 }, (_, index) =>
      span(index + 1, index / 1000, 100 - index / 1000, {
        parentSpanId: index === 0 ? ROOT : idOf(index),
      }),
    );
    const depths = [...walkTree(await treeOf(spans))].map(({ depth }) => depth);
    assert.equal(Math.max(...depths), 3_000);
  });

  it("adds up whatever the times of the spans are", async () => {
    const times = fc.array(
      fc.tuple(fc.integer({ min: -20, max: 140 }), fc.integer({ min: 0, max: 80 })),
      {
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(times, async (list) => {
        const spans = list.map(([from, length], index) =>
          span(index + 1, from, from + length, {
            parentSpanId: index % 3 === 2 ? idOf(index) : ROOT,
          }),
        );
        for (const { node } of walkTree(await treeOf(spans)))
          assert.equal((node.own_ns ?? -1) + covered(node), node.duration_ns);
      }),
      { numRuns: 200 },
    );
  });
});
