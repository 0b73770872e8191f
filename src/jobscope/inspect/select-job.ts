/** `@last`, `@failed`, `@slowest`, each with a class behind a colon: a job by what it did instead of by its id. */
import type { JobStoreReader } from "../store/job-store.js";
import type { JobFilter } from "./job-filter.js";
import { listJobs, matchingJobs } from "./job-list.js";
import type { JobSummary } from "./job-summary.js";

export const SELECTORS = ["@last", "@failed", "@slowest"] as const;

export type Selector = (typeof SELECTORS)[number];

export interface Selection {
  readonly selector: Selector;
  /** `*` stands for anything; undefined: of any class. */
  readonly class: string | undefined;
}

/** Jobs that are compared for the slowest; newer ones go first. */
const COMPARED_MAX = 200_000;
const JOBS_PER_TURN = 256;

/** undefined: no selector. "unknown": it begins like one. */
export function parseSelection(text: string): Selection | "unknown" | undefined {
  const [, word, name] = /^(@[^:]*)(?::(.+))?$/s.exec(text.trim()) ?? [];
  if (word === undefined) return undefined;
  const selector = SELECTORS.find((each) => each === word);
  return selector === undefined ? "unknown" : { selector, class: name };
}

/** undefined: there is no such job. */
export async function selectJob(
  reader: JobStoreReader,
  { selector, class: name }: Selection,
  onProgress?: (text: string) => void,
): Promise<JobSummary | undefined> {
  const filter: JobFilter = {
    states: selector === "@failed" ? ["failed"] : undefined,
    class: name,
  };
  return selector === "@slowest"
    ? slowest(reader, filter, onProgress)
    : (await listJobs(reader, { ...filter, limit: 1 }))[0];
}

/** Of those that ended. Of equals the newer one, and of those the smaller id. */
async function slowest(
  reader: JobStoreReader,
  filter: JobFilter,
  onProgress?: (text: string) => void,
): Promise<JobSummary | undefined> {
  let found: JobSummary | undefined;
  let compared = 0;
  for await (const job of matchingJobs(reader, filter)) {
    if (found === undefined || isBefore(job, found)) found = job;
    if (++compared === COMPARED_MAX) break;
    if (compared % JOBS_PER_TURN === 0) {
      onProgress?.(`comparing jobs: ${compared}`);
      await new Promise(setImmediate);
    }
  }
  return found?.duration_ns === null ? undefined : found;
}

function isBefore(a: JobSummary, b: JobSummary): boolean {
  const [took, other] = [a.duration_ns ?? -1, b.duration_ns ?? -1];
  if (took !== other) return took > other;
  return a.latest === b.latest ? a.jid < b.jid : a.latest > b.latest;
}
