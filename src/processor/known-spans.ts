/** What is known of the spans of a job's traces, to tell by which log lines are the job's. */
import type { TraceId } from "../jobscope/model/ids.js";
import type { AttemptTrace } from "../jobscope/model/job-trace.js";
import { type JobGroup, nodesOfAttempt } from "./job-grouping.js";
import type { ScannedNode } from "./scanned-nodes.js";

export interface KnownSpans {
  readonly attempts: readonly AttemptTrace[];
  /** The job's own: trace id and span id joined. */
  readonly own: ReadonlySet<string>;
  /** Those of other jobs and of requests, likewise. */
  readonly foreign: ReadonlySet<string>;
  /** Traces with spans of the job. */
  readonly traceIds: ReadonlySet<string>;
  /** Those of them that have spans of nothing else. */
  readonly ownTraceIds: ReadonlySet<string>;
}

/** Of a job of which no span was received. */
export const NO_SPANS: KnownSpans = {
  attempts: [],
  own: new Set(),
  foreign: new Set(),
  traceIds: new Set(),
  ownTraceIds: new Set(),
};

/** `nodes`: every known span of the traces that the job has spans in; `group`: the job's own of them. */
export function knownSpans(
  attempts: readonly AttemptTrace[],
  group: JobGroup<ScannedNode>,
  nodes: readonly ScannedNode[],
): KnownSpans {
  const owned = new Set([
    ...group.enqueues.map(({ node }) => node),
    ...group.outside,
    ...group.attempts.flatMap(nodesOfAttempt),
  ]);
  const own = new Set<string>();
  const foreign = new Set<string>();
  const traceIds = new Set<TraceId>();
  const shared = new Set<TraceId>();
  for (const node of nodes) {
    traceIds.add(node.traceId);
    if (!owned.has(node)) shared.add(node.traceId);
    (owned.has(node) ? own : foreign).add(node.traceId + node.spanId);
  }
  const ownTraceIds = new Set([...traceIds].filter((traceId) => !shared.has(traceId)));
  return { attempts, own, foreign, traceIds, ownTraceIds };
}
