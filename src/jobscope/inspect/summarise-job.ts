/** One job in one line, true to what `inspect` says of it. */
import { DEFAULT_RULES, type ReadingRules } from "../model/surroundings.js";
import type { JobDocument } from "../model/job-document.js";
import { parseJid } from "../model/ids.js";
import type { FoundRow, JobStoreReader } from "../store/job-store.js";
import { OPEN_PUSH_BATCHES_MAX } from "../../processor/only-open-push.js";
import { mayBeOnlyOpenPush } from "../../processor/open-push-of-trace.js";
import { type JobSummary, mayBeRootless, summarise } from "./job-summary.js";
import { readJobAlone } from "./read-job-alone.js";

/** undefined: no row is a job's. `rows`: what the index has under its id. */
export async function summariseJob(
  reader: JobStoreReader,
  rows: readonly FoundRow[],
  rules: ReadingRules = DEFAULT_RULES,
): Promise<JobSummary | undefined> {
  const summary = summarise(rows);
  if (summary === undefined || !(await needsSpans(reader, rows, summary))) return summary;
  const jid = parseJid(summary.jid);
  const document = jid && (await readJobAlone(reader, jid, rules));
  return document === undefined ? summary : { ...summary, ...ofDocument(document) };
}

/** Nearly every job is told by its rows; a push in whose trace others sent as well may have an attempt that names no job. */
async function needsSpans(
  reader: JobStoreReader,
  rows: readonly FoundRow[],
  { jid, state }: JobSummary,
): Promise<boolean> {
  if (mayBeRootless(rows)) return true;
  if (state !== "queued" || rows.some(({ role }) => role === "attempt")) return false;
  const own = new Set(rows.map(({ lsn }) => lsn));
  const isInOneTrace = new Set(rows.map(({ traceId }) => traceId)).size === 1;
  for (const { traceId } of rows.filter(({ role }) => role === "enqueue")) {
    const lsns = await reader.findTrace(traceId);
    if (lsns.length > OPEN_PUSH_BATCHES_MAX || lsns.every((lsn) => own.has(lsn))) continue;
    // What is in its other traces may make it the only open one, which no trace tells by itself.
    if (!isInOneTrace || (await mayBeOnlyOpenPush(reader, jid, traceId, lsns))) return true;
  }
  return false;
}

function ofDocument({
  job,
  attempts,
}: JobDocument): Pick<
  JobSummary,
  | "state"
  | "attempts"
  | "interruptions"
  | "error"
  | "started_at"
  | "finished_at"
  | "wait_ns"
  | "duration_ns"
> {
  return {
    state: job.state,
    attempts: attempts.length,
    interruptions: attempts.filter(({ state }) => state === "interrupted").length,
    error: attempts.at(-1)?.error?.class ?? null,
    started_at: job.started_at,
    finished_at: job.finished_at,
    wait_ns: job.wait_ns,
    duration_ns: job.duration_ns,
  };
}
