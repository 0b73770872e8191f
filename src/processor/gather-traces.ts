/** The traces of a stretch of the log in which no job runs by name: of the others only the processes are remembered. */
import type { TraceId } from "../jobscope/model/ids.js";
import { textAttribute } from "../jobscope/model/span.js";
import type { StoredBatch } from "../jobscope/store/job-store.js";
import { scanNodes, type ScannedNode } from "./scanned-nodes.js";
import { spansOf } from "./span-from-otlp.js";

export interface GatheredTraces {
  add(batch: StoredBatch): void;
  /** By trace: its spans in that stretch. */
  traces(): ReadonlyMap<TraceId, readonly ScannedNode[]>;
  has(lsn: number): boolean;
  /** Whether this process runs jobs, as far as it is known. */
  servesJobs(sender: string): boolean;
}

/** What its resource and its spans say of a process. */
interface Process {
  readonly service: string | undefined;
  readonly command: string;
  runs: boolean;
  answers: boolean;
}

/** `kept`: traces whose spans are wanted although jobs run in them by name. */
export function createTraceGatherer(kept: ReadonlySet<TraceId>): GatheredTraces {
  const traces = new Map<TraceId, ScannedNode[]>();
  const named = new Set<TraceId>();
  const lsns = new Set<number>();
  const processes = new Map<string, Process>();

  function processOf(batch: StoredBatch, node: ScannedNode): Process {
    const known = processes.get(node.sender);
    if (known !== undefined) return known;
    const [span] = spansOf(batch.raw(), (index) => index === node.index);
    const made = {
      service: span && textAttribute(span.resource, "service.name"),
      command: (span && textAttribute(span.resource, "process.command")) ?? "",
      runs: false,
      answers: false,
    };
    processes.set(node.sender, made);
    return made;
  }

  return {
    add(batch) {
      lsns.add(batch.lsn);
      for (const node of scanNodes(batch)) {
        const process = processOf(batch, node);
        if (runsJob(node)) process.runs = true;
        if (node.isServer) process.answers = true;
        if (!kept.has(node.traceId)) {
          if (named.has(node.traceId)) continue;
          if (runsJob(node)) {
            named.add(node.traceId);
            traces.delete(node.traceId);
            continue;
          }
        }
        const own = traces.get(node.traceId);
        if (own === undefined) traces.set(node.traceId, [node]);
        else own.push(node);
      }
    },
    traces: () => traces,
    has: (lsn) => lsns.has(lsn),
    servesJobs(sender) {
      const process = processes.get(sender);
      if (process === undefined) return false;
      if (process.runs || /sidekiq/i.test(process.command)) return true;
      return (
        !process.answers &&
        [...processes.values()].some(({ runs, service }) => runs && service === process.service)
      );
    },
  };
}

/** It is an attempt, or inside one by its stamp. */
export function runsJob({ job, stamp }: ScannedNode): boolean {
  return job?.role === "attempt" || job?.role === "active_job_attempt" || stamp !== undefined;
}
