/** Which pushes have no start: of each its job is looked up in the whole store, because it may have started later or elsewhere. */
import type { ReceivedFacts, WaitingFacts } from "../../jobscope/model/doctor/received-facts.js";
import { grouped } from "../../jobscope/model/grouped.js";
import { durationNano, type UnixNano } from "../../jobscope/model/time.js";
import type { JobStoreReader } from "../../jobscope/store/job-store.js";
import type { ScannedNode } from "../scanned-nodes.js";
import type { Forest } from "../span-ancestry.js";
import type { SeenSpan } from "./seen-span.js";

/** Jobs looked up. */
const PUSHES_MAX = 5000;
/** A Ruby process sends every 5 s, so the start of a job that has begun may be on its way. */
const SETTLED_AFTER = 10_000_000_000n;

type PushFacts = Pick<
  ReceivedFacts,
  "pushCount" | "pushers" | "waiting" | "scheduledWaiting" | "waitingComplete"
>;

interface Push {
  readonly jid: string;
  readonly jobClass: string;
  readonly queue: string;
  readonly span: SeenSpan;
}

export async function waitingFacts(
  reader: JobStoreReader,
  spans: readonly SeenSpan[],
  forest: Forest<ScannedNode>,
  seen: ReadonlyMap<ScannedNode, SeenSpan>,
): Promise<PushFacts> {
  const started = new Set(spans.flatMap(({ node: { job } }) => (hasStarted(job) ? [job.jid] : [])));
  const served = new Set(
    spans.flatMap(({ node: { job } }) => (job?.role === "attempt" ? [job.queue] : [])),
  );
  const latest = spans.reduce((at, { node }) => (node.end > at ? node.end : at), 0n);
  const pushes = pushesOf(spans);
  const open = pushes.filter(
    ({ jid, span }) =>
      !started.has(jid) && (started.size === 0 || latest - span.node.end >= SETTLED_AFTER),
  );
  const waiting: Push[] = [];
  let scheduledWaiting = 0;
  for (const push of open.slice(0, PUSHES_MAX)) {
    const rows = await reader.findRows(push.jid);
    if (rows.some(({ role }) => role === "attempt" || role === "start" || role === "member"))
      continue;
    if (isScheduled(push.span, forest, seen)) scheduledWaiting++;
    else waiting.push(push);
  }
  return {
    pushCount: pushes.length,
    pushers: [
      ...new Set(pushes.map(({ span }) => span.sender.service ?? "unknown_service")),
    ].sort(),
    waiting: groupsOf(waiting, served, latest as UnixNano),
    scheduledWaiting,
    waitingComplete: open.length <= PUSHES_MAX,
  };
}

function hasStarted(
  job: ScannedNode["job"],
): job is Extract<ScannedNode["job"], { readonly jid: string }> {
  return job !== undefined && job.role !== "enqueue" && job.role !== "active_job_enqueue";
}

/** The last push of each job. */
function pushesOf(spans: readonly SeenSpan[]): readonly Push[] {
  const byJid = new Map<string, Push>();
  for (const span of spans) {
    const { job } = span.node;
    if (job?.role !== "enqueue") continue;
    const known = byJid.get(job.jid);
    if (known === undefined || span.node.start > known.span.node.start)
      byJid.set(job.jid, { jid: job.jid, jobClass: job.jobClass, queue: job.queue, span });
  }
  return [...byJid.values()];
}

/** The write to Redis is the next command beside the push. */
function isScheduled(
  { node }: SeenSpan,
  forest: Forest<ScannedNode>,
  seen: ReadonlyMap<ScannedNode, SeenSpan>,
): boolean {
  const writes = forest
    .siblingsOf(node)
    .filter((other) => other.start >= node.end && other.sender === node.sender)
    .flatMap((other) => {
      const schedules = seen.get(other)?.schedules;
      return schedules === undefined ? [] : [{ start: other.start, schedules }];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  return writes[0]?.schedules === true;
}

/** The largest first. */
function groupsOf(
  waiting: readonly Push[],
  served: ReadonlySet<string>,
  latest: UnixNano,
): readonly WaitingFacts[] {
  const groups = grouped(waiting, ({ jobClass, queue }) => JSON.stringify([jobClass, queue]));
  return [...groups.values()]
    .flatMap((pushes) => {
      const [first] = pushes;
      if (first === undefined) return [];
      const oldest = pushes.reduce(
        (at, { span }) => (span.node.start < at ? span.node.start : at),
        first.span.node.start,
      );
      const { jobClass, queue } = first;
      const isQueueServed = served.has(queue);
      return [
        {
          jobClass,
          queue,
          count: pushes.length,
          oldest: durationNano(latest - oldest),
          isQueueServed,
        },
      ];
    })
    .sort((a, b) => b.count - a.count || (a.jobClass < b.jobClass ? -1 : 1));
}
