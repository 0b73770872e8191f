/** The job's neighbours: who enqueued it and what it enqueued, by its own spans, with what the index knows of each. */
import type { Attempt, Chain, ChainNode, Job } from "../job-document.js";
import type { Neighbour } from "../surroundings.js";
import { formatInstant } from "../time.js";

/** A bulk push has as many children as it pleases; the others are counted. */
export const CHILDREN_MAX = 50;

export function chainOf(
  job: Job,
  attempts: readonly Attempt[],
  neighbours: ReadonlyMap<string, Neighbour>,
): Chain {
  const self = chainNodeOf(job);
  const above = enqueuer(job, neighbours);
  const { children, omitted } = childrenOf(job, attempts, neighbours);
  return {
    root: above ?? self,
    path: above === undefined ? [] : [above],
    children,
    children_omitted: omitted,
  };
}

/** The job itself, as a member of its chain. */
export function chainNodeOf(job: Job): ChainNode {
  return {
    kind: "job",
    id: job.jid,
    title: job.class ?? job.jid,
    service: job.service,
    state: job.state,
    started_at: job.started_at,
    duration_ns: job.duration_ns,
    wait_ns: job.wait_ns,
    via_span: job.enqueued_by[0]?.span_id ?? null,
  };
}

function enqueuer(job: Job, neighbours: ReadonlyMap<string, Neighbour>): ChainNode | undefined {
  const by = job.enqueued_by[0];
  if (by === undefined || by.title === null) return undefined;
  const known = by.jid === null ? undefined : neighbours.get(by.jid);
  return {
    kind: by.kind === "job" ? "job" : by.kind === "request" ? "request" : "unknown",
    id: by.jid ?? by.trace_id,
    title: by.title,
    service: by.service,
    ...(by.kind === "job" ? timesOf(known) : spanTimes(by)),
    via_span: null,
  };
}

/** A request's own span has its times. */
function spanTimes({
  started_at: start,
  duration_ns: duration,
}: Job["enqueued_by"][number]): Pick<
  ChainNode,
  "state" | "started_at" | "duration_ns" | "wait_ns"
> {
  return { state: null, started_at: start, duration_ns: duration, wait_ns: null };
}

function timesOf(
  known: Neighbour | undefined,
): Pick<ChainNode, "state" | "started_at" | "duration_ns" | "wait_ns"> {
  const started = known?.startedAt;
  return {
    state: known?.state ?? null,
    started_at: started === undefined ? null : formatInstant(started),
    duration_ns: known?.duration === undefined ? null : Number(known.duration),
    wait_ns: known?.wait === undefined ? null : Number(known.wait),
  };
}

/** Each job once, in order of the pushes. A job that pushes itself anew is not its own child. */
function childrenOf(
  job: Job,
  attempts: readonly Attempt[],
  neighbours: ReadonlyMap<string, Neighbour>,
): { readonly children: readonly ChainNode[]; readonly omitted: number } {
  const seen = new Set([job.jid]);
  const children: ChainNode[] = [];
  let omitted = 0;
  for (const { detail, id } of attempts.flatMap(({ steps }) => steps)) {
    if (detail?.type !== "enqueue" || seen.has(detail.jid)) continue;
    seen.add(detail.jid);
    if (children.length === CHILDREN_MAX) {
      omitted++;
      continue;
    }
    const known = neighbours.get(detail.jid);
    children.push({
      kind: "job",
      id: detail.jid,
      title: detail.class,
      service: known?.service ?? null,
      ...timesOf(known),
      via_span: id,
    });
  }
  return { children, omitted };
}
