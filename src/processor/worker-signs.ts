/**
 * What was received after an attempt went quiet and says something of its worker: the same process again, the same service
 * under another pid, the same thread at another job. Looked for in a bounded stretch of the log behind the attempt's last
 * span; pids that were there before it are not news, so a shorter stretch before it is read as well.
 */
import type { AttemptTrace } from "../jobscope/model/job-trace.js";
import { type Span, textAttribute } from "../jobscope/model/span.js";
import type { WorkerSign } from "../jobscope/model/surroundings.js";
import type { UnixNano } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn, StoredBatch } from "../jobscope/store/job-store.js";
import { scanNodes, type ScannedNode } from "./scanned-nodes.js";
import { spansOf } from "./span-from-otlp.js";

/** Batches looked at: those of minutes in a small installation. */
const AFTER_MAX = 256;
const BEFORE_MAX = 64;

interface Process {
  readonly service: string | undefined;
  readonly host: string | undefined;
  readonly pid: string | undefined;
}

/** By time. Of each kind the first, but of "worker_sends" the last. */
export async function readWorkerSigns(
  reader: JobStoreReader,
  jid: string,
  attempt: AttemptTrace,
): Promise<readonly WorkerSign[]> {
  const spans = [...attempt.spans, ...(attempt.start === undefined ? [] : [attempt.start])];
  const [any] = spans;
  if (any === undefined) return [];
  const last = await lastBatch(reader, spans);
  const own = processOf(any);
  const quiet = spans.reduce((latest, { end }) => (end > latest ? end : latest), any.end);
  const watch = createWatch(own, { jid, attempt, quiet });
  let looked = 0;
  for await (const batch of reader.batches(Math.max(0, last - BEFORE_MAX))) {
    if (batch.signal !== "traces") continue;
    if (batch.lsn <= last) watch.before(batch);
    else if (looked++ < AFTER_MAX) watch.after(batch);
    else break;
  }
  return watch.signs();
}

/** The newest batch with a span of the attempt. */
async function lastBatch(reader: JobStoreReader, spans: readonly Span[]): Promise<Lsn> {
  let last = 0;
  for (const traceId of new Set(spans.map((span) => span.traceId)))
    for (const lsn of await reader.findTrace(traceId)) last = Math.max(last, lsn);
  return last;
}

function processOf({ resource }: Span): Process {
  return {
    service: textAttribute(resource, "service.name"),
    host: textAttribute(resource, "host.name"),
    pid: textAttribute(resource, "process.pid"),
  };
}

interface Watched {
  readonly jid: string;
  readonly attempt: AttemptTrace;
  /** When its last span ended. */
  readonly quiet: UnixNano;
}

interface Watch {
  before(batch: StoredBatch): void;
  after(batch: StoredBatch): void;
  signs(): readonly WorkerSign[];
}

function createWatch(own: Process, { jid, attempt, quiet }: Watched): Watch {
  const knownPids = new Set([own.pid]);
  const processes = new Map<string, Process>();
  const thread = threadOf([attempt.start, ...attempt.spans]);
  let otherPid: Extract<WorkerSign, { kind: "other_pid" }> | undefined;
  let movedOn: Extract<WorkerSign, { kind: "thread_moved_on" }> | undefined;
  let sends: Extract<WorkerSign, { kind: "worker_sends" }> | undefined;
  let others: Extract<WorkerSign, { kind: "others_send" }> | undefined;

  /** A process sends the same resource every time, so each is decoded once. */
  function processAt(batch: StoredBatch, node: ScannedNode): Process {
    const known = processes.get(node.sender);
    if (known !== undefined) return known;
    const [span] = spansOf(batch.raw(), (index) => index === node.index);
    const found = span === undefined ? NO_PROCESS : processOf(span);
    processes.set(node.sender, found);
    return found;
  }

  const isSameService = ({ service, host }: Process): boolean =>
    service === own.service && host === own.host;

  function lookAt(batch: StoredBatch, node: ScannedNode): void {
    const { service, host, pid } = processAt(batch, node);
    const isOwn = isSameService({ service, host, pid }) && pid === own.pid;
    if (!isOwn) others ??= { kind: "others_send", at: batch.receivedAt };
    if (node.start <= quiet) return;
    if (isOwn) {
      if (sends === undefined || node.start > sends.at)
        sends = { kind: "worker_sends", at: node.start };
      movedOn ??= movedTo(batch, node);
    } else if (isSameService({ service, host, pid }) && pid !== undefined && !knownPids.has(pid)) {
      if (otherPid === undefined || node.start < otherPid.at)
        otherPid = {
          kind: "other_pid",
          at: node.start,
          host,
          service,
          pid: Number(pid),
          spanId: node.spanId,
        };
    }
  }

  function movedTo(batch: StoredBatch, node: ScannedNode): typeof movedOn {
    const { job } = node;
    const isBegin = job?.role === "start" || job?.role === "attempt";
    if (thread === undefined || !isBegin || job.jid === jid) return undefined;
    const [span] = spansOf(batch.raw(), (index) => index === node.index);
    return threadOf([span]) === thread
      ? { kind: "thread_moved_on", at: node.start, thread, jid: job.jid, spanId: node.spanId }
      : undefined;
  }

  return {
    before(batch) {
      for (const node of scanNodes(batch)) {
        const process = processAt(batch, node);
        // A later batch may come first: only what began before the silence was there before it.
        if (isSameService(process) && node.start <= quiet) knownPids.add(process.pid);
        else lookAt(batch, node);
      }
    },
    after(batch) {
      for (const node of scanNodes(batch)) lookAt(batch, node);
    },
    signs() {
      // A process that goes on sending was not replaced by the other one.
      const replaced = otherPid !== undefined && (sends === undefined || sends.at < otherPid.at);
      return [replaced ? otherPid : undefined, movedOn, sends, others].filter(
        (sign) => sign !== undefined,
      );
    },
  };
}

const NO_PROCESS: Process = { service: undefined, host: undefined, pid: undefined };

function threadOf(spans: readonly (Span | undefined)[]): string | undefined {
  for (const span of spans) {
    const thread = span && textAttribute(span.attributes, "jobtrace.thread");
    if (thread !== undefined && thread !== "") return thread;
  }
  return undefined;
}
