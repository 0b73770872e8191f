/**
 * Jobs and who pushed them, added up by class. What it holds is bounded, whatever is sent: names that are too many are one
 * node for all of their kind, and what that takes from the picture is counted.
 */
import { createDistribution } from "../percentile.js";
import { formatInstant, type UnixNano } from "../time.js";
import type { ClassGraphDocument } from "./class-graph-document.js";
import { classGraphOf, type Edge } from "./class-graph-of.js";
import { createNodes, type Node, type NodeLimits, type Nodes } from "./class-nodes.js";
import { successorsOf } from "./cycles.js";
import { type Enqueuer, isUnknown } from "./enqueuer.js";
import { createJobLinks } from "./job-links.js";
import { strongComponents } from "./strong-components.js";

export interface ClassGraphLimits extends NodeLimits {
  readonly edges: number;
  /** Jobs that enqueued jobs, over which chains are followed. */
  readonly links: number;
}

export const CLASS_GRAPH_LIMITS: ClassGraphLimits = {
  classes: 1_000,
  enqueuers: 200,
  edges: 5_000,
  links: 200_000,
};

/** Waits of one edge that are kept; of more the median is within a percent. */
const EXACT_WAITS_MAX = 1_000;

export interface PushedJob {
  readonly jid: string;
  readonly class: string | null;
  readonly wait_ns: number | null;
}

export interface ClassGraphCollector {
  /** `pushes`: every recorded one, oldest first. */
  add(job: PushedJob, pushes: readonly Enqueuer[]): void;
  readonly jobs: number;
  document(asOf: UnixNano | undefined): ClassGraphDocument;
}

export function createClassGraph(limits = CLASS_GRAPH_LIMITS): ClassGraphCollector {
  const nodes = createNodes(limits);
  const edges = new Map<number, Edge>();
  const links = createJobLinks(createCycleTest(edges, nodes), limits.links);
  const omitted = { pushes_of_others: 0, pushes_without_edge: 0 };
  let jobs = 0;
  let pushCount = 0;

  function addPush(job: PushedJob, to: Node, enqueuer: Enqueuer, isFirst: boolean): void {
    pushCount++;
    const from = nodes.of(enqueuer);
    if (from === undefined) {
      if (isUnknown(enqueuer)) to.unknown[enqueuer.kind]++;
      return;
    }
    if (from.kind === "others" || to.kind === "others") omitted.pushes_of_others++;
    const edge = edgeBetween(from, to, edges, limits.edges);
    if (edge === undefined) {
      omitted.pushes_without_edge++;
      return;
    }
    edge.count++;
    if (enqueuer.kind === "job" && enqueuer.isRetry) edge.retries++;
    if (!isFirst) return;
    if (job.wait_ns !== null) edge.waits.add(job.wait_ns);
    if (enqueuer.kind === "job" && enqueuer.jid !== job.jid)
      links.add(job.jid, { parent: enqueuer.jid, from: from.index, to: to.index });
  }

  return {
    add(job, pushes) {
      jobs++;
      const to = nodes.ofClass(job.class ?? "");
      to.jobs++;
      if (pushes.length === 0) to.unknown.not_recorded++;
      for (const [at, enqueuer] of pushes.entries()) addPush(job, to, enqueuer, at === 0);
    },
    get jobs() {
      return jobs;
    },
    document: (asOf) => ({
      schema: "jobtrace.class-graph/v1",
      as_of: asOf === undefined ? null : formatInstant(asOf),
      jobs,
      pushes: pushCount,
      ...classGraphOf([...nodes.all()], [...edges.values()], links),
      omitted: { ...omitted, links: links.omitted },
    }),
  };
}

/** undefined: there are too many already. */
function edgeBetween(
  from: Node,
  to: Node,
  edges: Map<number, Edge>,
  max: number,
): Edge | undefined {
  const key = from.index * KEY_FACTOR + to.index;
  const known = edges.get(key);
  if (known !== undefined || edges.size >= max) return known;
  const made = { from, to, count: 0, retries: 0, waits: createDistribution(EXACT_WAITS_MAX) };
  edges.set(key, made);
  return made;
}

/** Nodes are far fewer. */
const KEY_FACTOR = 2 ** 24;

/** Whether an edge lies on a cycle of the edges there are; the answer is kept until there are others. */
function createCycleTest(
  edges: ReadonlyMap<number, Edge>,
  nodes: Nodes,
): (link: { readonly from: number; readonly to: number }) => boolean {
  let knownEdges = -1;
  let componentOf = new Map<number, number>();
  return ({ from, to }) => {
    if (knownEdges !== edges.size) {
      knownEdges = edges.size;
      const numbered = [...edges.values()].map((edge) => ({
        from: edge.from.index,
        to: edge.to.index,
      }));
      componentOf = new Map();
      for (const [at, { nodes: own }] of strongComponents(
        successorsOf(nodes.size, numbered),
      ).entries())
        for (const node of own) componentOf.set(node, at);
    }
    return componentOf.get(from) === componentOf.get(to);
  };
}
