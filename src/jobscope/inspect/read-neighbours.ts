/** Who enqueued a job and what it enqueued, as the index has them: a few rows each, and no more jobs than are shown. */
import { CHILDREN_MAX } from "../model/document/chain.js";
import type { JobTrace } from "../model/job-trace.js";
import type { Neighbour, ReadingRules, Surroundings } from "../model/surroundings.js";
import { durationNano, parseInstant } from "../model/time.js";
import type { JobStoreReader } from "../store/job-store.js";
import type { JobSummary } from "./job-summary.js";
import { summariseJob } from "./summarise-job.js";

/** An ActiveJob that is retried for weeks has no more attempts than this. */
const SIBLINGS_MAX = 50;

export async function readNeighbours(
  reader: JobStoreReader,
  trace: JobTrace,
  rules: ReadingRules,
): Promise<Pick<Surroundings, "neighbours" | "siblings">> {
  const neighbours = new Map<string, Neighbour>();
  const read = async (jid: string): Promise<void> => {
    if (jid === trace.jid || neighbours.has(jid)) return;
    const summary = await summariseJob(reader, await reader.findRows(jid), rules);
    if (summary !== undefined) neighbours.set(jid, neighbourOf(summary));
  };
  const [push] = trace.enqueues;
  if (push?.enqueuedBy?.kind === "job") await read(push.enqueuedBy.jid);
  for (const jid of childrenOf(trace)) await read(jid);
  const siblings = await siblingsOf(reader, trace);
  for (const jid of siblings) await read(jid);
  return { neighbours, siblings: inOrder(siblings, neighbours) };
}

function childrenOf({ jid: own, attempts }: JobTrace): readonly string[] {
  const jids = new Set<string>();
  for (const { spans, pushes } of attempts) {
    for (const { spanId } of spans) {
      const push = pushes.get(spanId);
      if (push?.kind === "job" && push.jid !== own) jids.add(push.jid);
      if (jids.size === CHILDREN_MAX) return [...jids];
    }
  }
  return [...jids];
}

/** Other jids of the same ActiveJob id: those that ran, and those that `retry_on` has enqueued. */
async function siblingsOf(reader: JobStoreReader, trace: JobTrace): Promise<readonly string[]> {
  const { activeJobId, jid: own, attempts } = trace;
  if (activeJobId === undefined || activeJobId === own) return [];
  const jids = new Set<string>();
  for (const { role, otherId } of await reader.findRows(activeJobId))
    if (role === "alias" && otherId !== own) jids.add(otherId);
  for (const { spans, pushes } of attempts) {
    const retry = spans.find(
      ({ scope, name }) => scope.name.endsWith("::ActiveJob") && name.endsWith("enqueue_retry"),
    );
    if (retry === undefined) continue;
    for (const { spanId, start, end } of spans) {
      const push = pushes.get(spanId);
      if (push?.kind === "job" && start >= retry.start && end <= retry.end) jids.add(push.jid);
    }
  }
  return [...jids].slice(0, SIBLINGS_MAX);
}

/** By when each was enqueued, or else began. */
function inOrder(
  jids: readonly string[],
  neighbours: ReadonlyMap<string, Neighbour>,
): readonly string[] {
  const timeOf = (jid: string): bigint => {
    const known = neighbours.get(jid);
    return known?.enqueuedAt ?? known?.startedAt ?? 0n;
  };
  return jids.toSorted((a, b) => {
    const [first, second] = [timeOf(a), timeOf(b)];
    if (first !== second) return first < second ? -1 : 1;
    return a < b ? -1 : 1;
  });
}

function neighbourOf(summary: JobSummary): Neighbour {
  const { enqueued_at: enqueued, started_at: started } = summary;
  const { wait_ns: wait, duration_ns: duration } = summary;
  return {
    jid: summary.jid,
    jobClass: summary.class ?? undefined,
    service: summary.service ?? undefined,
    state: summary.state,
    enqueuedAt: enqueued === null ? undefined : parseInstant(enqueued),
    startedAt: started === null ? undefined : parseInstant(started),
    wait: wait === null ? undefined : durationNano(BigInt(wait)),
    duration: duration === null ? undefined : durationNano(BigInt(duration)),
  };
}
