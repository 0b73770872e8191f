/**
 * Runs whose own span never came and of which nothing names a job: spans of a worker that share a missing parent. For a job
 * of which a run may be missing they are candidates, and no more than that.
 *
 * No index leads to them, so a bounded stretch of the log from the push on is read. Nothing is looked for when the job has
 * all that it can have.
 */
import { enqueuedAt } from "../jobscope/model/document/job-times.js";
import { outcomeOf } from "../jobscope/model/document/attempt-outcome.js";
import type { TraceId } from "../jobscope/model/ids.js";
import type { JobTrace } from "../jobscope/model/job-trace.js";
import { NO_ORPHANS, type OrphanSearch } from "../jobscope/model/surroundings.js";
import { NANOS_PER_SECOND, type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { createTraceGatherer } from "./gather-traces.js";
import { orphanTraces } from "./orphan-traces.js";

/** How much of the log is read: some hundred milliseconds. */
const BATCHES_MAX = 256;
const BYTES_MAX = 64 * 1024 * 1024;
/** A worker's spans may arrive before the push, whose sender waited longer. */
const BATCHES_BEFORE = 32;
/** More are counted. */
const CANDIDATES_MAX = 10;

/** When the missing run can have been. */
interface Wanted {
  readonly from: UnixNano;
  readonly until: UnixNano | undefined;
  readonly ranAgain: boolean;
}

/**
 * An attempt that waited so long for a push that was not made again may have had another before it, which a shutdown cut off:
 * Sidekiq puts such a job back as it was.
 */
const RERUN_WAIT_MIN = 10n * NANOS_PER_SECOND;

export async function searchOrphans(
  reader: JobStoreReader,
  trace: JobTrace,
): Promise<OrphanSearch> {
  const wanted = wantedRun(trace);
  if (wanted === undefined) return NO_ORPHANS;
  const first = await firstBatch(reader, trace, wanted);
  const own = tracesOf(trace);
  const gatherer = createTraceGatherer(own);
  let batches = 0;
  let bytes = 0;
  let isComplete = true;
  for await (const batch of reader.batches(first)) {
    if (batch.signal !== "traces") continue;
    const raw = batch.raw();
    if (batches === BATCHES_MAX || bytes + raw.length > BYTES_MAX) {
      isComplete = false;
      break;
    }
    batches++;
    bytes += raw.length;
    gatherer.add(batch);
  }
  const found = await orphanTraces(reader, gatherer, {
    ...wanted,
    jid: trace.jid,
    ownTraces: own,
  });
  return {
    batches,
    isComplete,
    traces: found.slice(0, CANDIDATES_MAX),
    omitted: Math.max(0, found.length - CANDIDATES_MAX),
  };
}

/** Sidekiq's default waits at least so long before it tries again; what begins sooner is another job's. */
const BACKOFF_MIN = 15n * NANOS_PER_SECOND;

/** undefined: no run of the job is missing. */
function wantedRun({ attempts, enqueues }: JobTrace): Wanted | undefined {
  const last = attempts.at(-1);
  const push = enqueues[0]?.span;
  if (last === undefined)
    return push === undefined ? undefined : { from: push.start, until: undefined, ranAgain: false };
  const root = attempts[0]?.root;
  const pushed = root && enqueuedAt(root);
  if (root !== undefined && waitedLong(pushed, root.start))
    return { from: pushed, until: root.start, ranAgain: true };
  const outcome = outcomeOf(last);
  const end = last.root?.end ?? last.activeJob?.end;
  if (outcome === undefined || end === undefined) return undefined;
  if (outcome.state === "completed") {
    const once = pushed === undefined ? onlyPush(enqueues) : undefined;
    return root !== undefined && waitedLong(once, root.start)
      ? { from: once, until: root.start, ranAgain: false }
      : undefined;
  }
  if (outcome.handled !== null) return undefined;
  const from = outcome.state === "failed" ? unixNano(end + BACKOFF_MIN) : end;
  return { from, until: undefined, ranAgain: false };
}

function waitedLong(pushed: UnixNano | undefined, start: UnixNano): pushed is UnixNano {
  return pushed !== undefined && start - pushed > RERUN_WAIT_MIN;
}

/**
 * For instrumentations that do not tell when the job was last pushed: the push itself, where there was one and it put the job on
 * its queue at once. A retry is pushed by the scheduler, without a span: what is found may then also be an attempt that failed.
 */
function onlyPush(enqueues: JobTrace["enqueues"]): UnixNano | undefined {
  const [push, ...others] = enqueues;
  return others.length === 0 && push?.scheduled === false ? push.span.start : undefined;
}

/** A little before the push that the missing run came from, or the attempt that it followed. */
async function firstBatch(
  reader: JobStoreReader,
  trace: JobTrace,
  { until }: Wanted,
): Promise<Lsn> {
  const last = until === undefined ? trace.attempts.at(-1) : undefined;
  const from = last?.root ?? last?.activeJob ?? trace.enqueues[0]?.span;
  const rows = await reader.findRows(trace.jid);
  const own = rows.filter(({ spanId }) => spanId === from?.spanId);
  const lsns = (own.length === 0 ? rows : own).map(({ lsn }) => lsn);
  const first = lsns.reduce((least, lsn) => Math.min(least, lsn), lsns[0] ?? 0);
  return Math.max(0, first - BATCHES_BEFORE);
}

function tracesOf({ enqueues, attempts }: JobTrace): ReadonlySet<TraceId> {
  return new Set([
    ...enqueues.map(({ span }) => span.traceId),
    ...attempts.flatMap(({ root, activeJob, spans }) =>
      [root, activeJob, ...spans].flatMap((span) => (span === undefined ? [] : [span.traceId])),
    ),
  ]);
}
