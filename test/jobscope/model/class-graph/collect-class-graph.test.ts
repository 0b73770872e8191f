/** Jobs added up by class: counts, waits, cycles with their chains, and what happens when there is too much. */
import assert from "node:assert/strict";
import type { ClassGraphDocument } from "../../../../src/jobscope/model/class-graph/class-graph-document.js";
import {
  CLASS_GRAPH_LIMITS,
  createClassGraph,
} from "../../../../src/jobscope/model/class-graph/collect-class-graph.js";
import type { Enqueuer } from "../../../../src/jobscope/model/class-graph/enqueuer.js";
import { assertKeepsSchema } from "../../../json-schema.js";

interface Job {
  readonly jid: string;
  readonly class: string | null;
  readonly by?: Enqueuer;
  readonly wait?: number;
}

function graphOf(jobs: readonly Job[], limits: object = {}): ClassGraphDocument {
  const graph = createClassGraph({ ...CLASS_GRAPH_LIMITS, ...limits });
  for (const { jid, class: name, by, wait } of jobs)
    graph.add({ jid, class: name, wait_ns: wait ?? null }, by === undefined ? [] : [by]);
  const document = graph.document(undefined);
  assertKeepsSchema("class-graph-v1", document);
  return document;
}

function byJob(jid: string, jobClass: string, isRetry = false): Enqueuer {
  return { kind: "job", jid, jobClass, isRetry };
}

function byRequest(title: string): Enqueuer {
  return { kind: "request", title };
}

/** Each enqueued the next; classes take turns. */
function chain(length: number, classes: readonly string[], tag = "j"): readonly Job[] {
  const name = (at: number): string => classes[at % classes.length] ?? "";
  return Array.from({ length }, (_, at) => ({
    jid: `${tag}${at}`,
    class: name(at),
    ...(at === 0 ? {} : { by: byJob(`${tag}${at - 1}`, name(at - 1)) }),
  }));
}

const edgesIn = ({ edges }: ClassGraphDocument): readonly string[] =>
  edges.map(({ from, to, count }) => `${from} ${count} ${to}`);

describe("a graph of classes", () => {
  it("counts the pushes between two, with the median of their waits", () => {
    const jobs = [9, 1, 5].map((wait, at) => ({
      jid: `a${at}`,
      class: "A",
      by: byRequest("POST /a"),
      wait,
    }));
    const { edges, nodes, roots, cycles, pushes } = graphOf([
      ...jobs,
      { jid: "b", class: "B", by: byJob("a0", "A") },
      { jid: "c", class: null, by: { kind: "none" } },
      { jid: "d", class: "B", by: { kind: "not_received" } },
      { jid: "e", class: "B" },
    ]);
    assert.deepEqual(
      edges.map(({ from, to, count, wait_ns: wait, waits }) => [from, to, count, wait, waits]),
      [
        ["request:POST /a", "job:A", 3, 5, 3],
        ["job:A", "job:B", 1, null, 0],
      ],
    );
    assert.deepEqual(
      nodes.map(({ id, title, jobs: count, unknown }) => [
        id,
        title,
        count,
        unknown.none + 10 * unknown.not_received + 100 * unknown.not_recorded,
      ]),
      [
        ["request:POST /a", "POST /a", null, 0],
        ["job:", null, 1, 1],
        ["job:A", "A", 3, 0],
        ["job:B", "B", 3, 110],
      ],
    );
    assert.deepEqual([roots, cycles, pushes], [["request:POST /a"], [], 6]);
  });

  it("counts every push of a job, and its wait and who began it by the first", () => {
    const graph = createClassGraph();
    const pushes = [byJob("p", "A"), byJob("q", "B"), byJob("q", "B")];
    graph.add({ jid: "a", class: "A", wait_ns: 7 }, pushes);
    const { edges, cycles, pushes: count } = graph.document(undefined);
    assert.equal(count, 3);
    assert.deepEqual(
      edges.map(({ from, count: times, waits }) => [from, times, waits]),
      [
        ["job:A", 1, 1],
        ["job:B", 2, 0],
      ],
    );
    assert.deepEqual(
      cycles.map(({ example }) => example),
      [["p", "a"]],
    );
  });

  it("names a cycle of one class and one of two, with the longest chain of jobs that went round", () => {
    const { cycles, roots } = graphOf([
      ...chain(4, ["Poll"], "p"),
      ...chain(3, ["Poll"], "q"),
      ...chain(5, ["Ping", "Pong"]),
      { jid: "z", class: "Poll", by: byJob("p0", "Poll", true) },
    ]);
    assert.deepEqual(cycles, [
      {
        path: ["job:Poll"],
        classes: ["job:Poll"],
        count: 6,
        retries: 1,
        longest_chain: 4,
        chain_exact: true,
        long: false,
        example: ["p0", "p1", "p2", "p3"],
        example_omitted: 0,
      },
      {
        path: ["job:Ping", "job:Pong"],
        classes: ["job:Ping", "job:Pong"],
        count: 4,
        retries: 0,
        longest_chain: 5,
        chain_exact: true,
        long: false,
        example: ["j0", "j1", "j2", "j3", "j4"],
        example_omitted: 0,
      },
    ]);
    // Nothing leads into either: each begins with the class that enqueued most.
    assert.deepEqual(roots, ["job:Poll", "job:Ping"]);
  });

  it("takes a shortest way round a larger cycle, and names the others", () => {
    const jobs = ["AB", "BC", "CA", "CD", "DC"].map(([from = "", to = ""], at) => ({
      jid: `${at}`,
      class: to,
      by: byJob(`by${at}`, from),
    }));
    const [cycle] = graphOf(jobs).cycles;
    assert.deepEqual(cycle?.path, ["job:A", "job:B", "job:C"]);
    assert.deepEqual(cycle?.classes, ["job:A", "job:B", "job:C", "job:D"]);
  });

  it("marks a chain of more than 50 jobs, and a chain that only passes through is none of the cycle's", () => {
    const longest = (length: number): readonly unknown[] => {
      const [cycle] = graphOf(chain(length, ["Poll"])).cycles;
      return [cycle?.longest_chain, cycle?.long];
    };
    assert.deepEqual(longest(50), [50, false]);
    assert.deepEqual(longest(51), [51, true]);
    const [cycle] = graphOf([
      { jid: "a", class: "Start", by: byRequest("GET /") },
      { jid: "b", class: "Poll", by: byJob("a", "Start") },
      { jid: "c", class: "Poll", by: byJob("b", "Poll") },
      { jid: "d", class: "End", by: byJob("c", "Poll") },
    ]).cycles;
    assert.deepEqual(cycle?.example, ["b", "c"]);
  });

  it("ends with jobs that claim to have enqueued each other, or themselves", () => {
    const { cycles } = graphOf([
      { jid: "a", class: "X", by: byJob("b", "X") },
      { jid: "b", class: "X", by: byJob("c", "X") },
      { jid: "c", class: "X", by: byJob("a", "X") },
      { jid: "d", class: "X", by: byJob("d", "X") },
    ]);
    assert.equal(cycles[0]?.count, 4);
    assert.equal(cycles[0]?.longest_chain, 3);
  });

  it("is the same in whatever order the jobs come", () => {
    const jobs: readonly Job[] = [
      ...chain(7, ["A", "B", "C"]),
      ...chain(5, ["A", "B"], "k"),
      ...["GET /x", "GET /y"].map((title, at) => ({
        jid: `r${at}`,
        class: "A",
        by: byRequest(title),
        wait: at,
      })),
    ];
    const expected = graphOf(jobs);
    assert.deepEqual(graphOf([...jobs].reverse()), expected);
    assert.deepEqual(graphOf([...jobs.slice(5), ...jobs.slice(0, 5)]), expected);
  });

  it("holds no more than is allowed, and counts what it left out", () => {
    const jobs = Array.from({ length: 9 }, (_, at) => ({
      jid: `a${at}`,
      class: `Job${at}`,
      by: byRequest(`GET /${at}`),
    }));
    const few = graphOf(jobs, { classes: 2, enqueuers: 3 });
    assert.deepEqual(edgesIn(few), [
      "request:GET /0 1 job:Job0",
      "request:GET /1 1 job:Job1",
      "request:GET /2 1 others:job",
      "others:span 6 others:job",
    ]);
    assert.equal(few.omitted.pushes_of_others, 7);
    const edges = graphOf(jobs, { edges: 4 });
    assert.deepEqual([edges.edges.length, edges.omitted.pushes_without_edge], [4, 5]);
  });

  it("follows chains on cycles first when there are too many links, and says when it could not follow all", () => {
    const straight = Array.from({ length: 300 }, (_, at) => ({
      jid: `s${at}`,
      class: "Leaf",
      by: byJob(`t${at}`, "Root"),
    }));
    const jobs = [...straight.slice(0, 150), ...chain(20, ["Poll"]), ...straight.slice(150)];
    const [cycle] = graphOf(jobs, { links: 160 }).cycles;
    assert.deepEqual([cycle?.longest_chain, cycle?.chain_exact], [20, false]);
    assert.equal(graphOf(jobs).cycles[0]?.chain_exact, true);
    const tooLong = graphOf(chain(500, ["Poll"]), { links: 100 });
    assert.deepEqual(
      [tooLong.cycles[0]?.longest_chain, tooLong.cycles[0]?.chain_exact, tooLong.omitted.links],
      [101, false, 399],
    );
  });
});
