/** The nodes of a chain. */
import type { ChainNode, Enqueued, JobDocument } from "../../model/job-document.js";
import type { GraphNode } from "./chain-graph.js";

type Known = Pick<GraphNode, "id" | "kind" | "title" | "level"> & Partial<GraphNode>;

/** Every key in its place, null where nothing is known. */
function graphNode(known: Known): GraphNode {
  return {
    id: known.id,
    kind: known.kind,
    title: known.title,
    service: known.service ?? null,
    level: known.level,
    state: known.state ?? null,
    state_detail: known.state_detail ?? null,
    attempts: known.attempts ?? null,
    started_at: known.started_at ?? null,
    duration_ns: known.duration_ns ?? null,
    wait_ns: known.wait_ns ?? null,
    more: known.more ?? null,
  };
}

export function jobNode({ job, attempts }: JobDocument, level: number): GraphNode {
  return graphNode({
    id: job.jid,
    kind: "job",
    title: job.class ?? job.jid,
    service: job.service,
    level,
    state: job.state,
    state_detail: job.state_detail,
    attempts: attempts.length,
    started_at: job.started_at,
    duration_ns: job.duration_ns,
    wait_ns: job.wait_ns,
  });
}

/** A job that others name and that this store has nothing of. */
export function unknownJobNode(jid: string, title: string, level: number): GraphNode {
  return graphNode({ id: jid, kind: "job", title, level });
}

/** A web request, a task, or whatever else pushed. `above`: what the document of the job that it pushed says of it. */
export function spanNode(push: Enqueued, above: ChainNode | undefined, level: number): GraphNode {
  return graphNode({
    id: push.trace_id,
    kind: push.kind === "request" ? "request" : "span",
    title: push.title ?? "",
    service: push.service,
    level,
    started_at: above?.started_at ?? null,
    duration_ns: above?.duration_ns ?? null,
  });
}

/** The push names a parent that never came. */
export function notReceivedNode(push: Enqueued, level: number): GraphNode {
  const id = push.trace_id;
  return graphNode({ id, kind: "not_received", title: "", service: push.service, level });
}

export function foldedNode(
  id: string,
  title: string,
  level: number,
  states: Readonly<Record<string, number>> | null,
): GraphNode {
  const jobs = states && Object.values(states).reduce((sum, count) => sum + count, 0);
  return graphNode({ id, kind: "more", title, level, more: { jobs, states: states ?? {} } });
}
