/** The newest jobs of a store, filtered, from the index alone. */
import type { JobState } from "../model/job-document.js";
import type { UnixNano } from "../model/time.js";
import type { JobStoreReader } from "../store/job-store.js";
import { type JobSummary, summarise } from "./job-summary.js";

export interface JobFilter {
  readonly states: readonly JobState[] | undefined;
  /** `*` stands for anything. */
  readonly class: string | undefined;
  readonly queue: string | undefined;
  /** Only jobs whose last news is not older. */
  readonly since: UnixNano | undefined;
  /** undefined: all. */
  readonly limit: number | undefined;
}

/** Newest first, by when each last ended or was pushed; ids decide between equals. */
export async function listJobs(
  reader: JobStoreReader,
  filter: JobFilter,
): Promise<readonly JobSummary[]> {
  const seen = new Set<string>();
  const found: JobSummary[] = [];
  const matches = matcher(filter);
  for await (const { jobId, role } of reader.rows()) {
    if (role === "alias" || role === "active_job_enqueue" || seen.has(jobId)) continue;
    seen.add(jobId);
    // Rows come newest batch first, so a job met late has its last news late; a margin covers batches out of order.
    if (filter.limit !== undefined && found.length >= filter.limit * OVERSCAN + OVERSCAN_MIN) break;
    const summary = summarise(await reader.findRows(jobId));
    if (summary !== undefined && matches(summary)) found.push(summary);
  }
  return found.sort(newestFirst).slice(0, filter.limit);
}

/** Jobs read beyond the limit before it is taken as reached: senders flush every few seconds, not in order. */
const OVERSCAN = 2;
const OVERSCAN_MIN = 100;

function matcher({ states, class: name, queue, since }: JobFilter): (job: JobSummary) => boolean {
  const pattern = name === undefined ? undefined : globPattern(name);
  return (job) =>
    (states === undefined || states.includes(job.state)) &&
    (pattern === undefined || pattern.test(job.class ?? "")) &&
    (queue === undefined || job.queue === queue) &&
    (since === undefined || job.latest >= since);
}

function globPattern(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split("*")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
}

function newestFirst(a: JobSummary, b: JobSummary): number {
  if (a.latest !== b.latest) return a.latest < b.latest ? 1 : -1;
  return a.jid < b.jid ? -1 : 1;
}
