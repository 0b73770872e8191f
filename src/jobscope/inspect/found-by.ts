/** Which kind of id led to a job, and which others would have. */
import type { JobDocument } from "../model/job-document.js";
import type { FoundBy } from "../model/why/why-document.js";
import { pickId } from "./pick-id.js";

/** Traces and correlation ids that are named; a job of many attempts has as many traces. */
const ALSO_MAX = 3;

export function foundBy(text: string, { job }: JobDocument): FoundBy {
  const id = pickId(text);
  const kind = kindOf(id, job);
  const { ids } = job;
  const also = [
    { kind: "jid", id: job.jid },
    ...(ids.active_job_id === null ? [] : [{ kind: "ActiveJob id", id: ids.active_job_id }]),
    ...ids.correlation.slice(0, ALSO_MAX).map(({ key, value }) => ({ kind: key, id: value })),
    ...ids.trace_ids.slice(0, ALSO_MAX).map((trace) => ({ kind: "trace", id: trace })),
  ];
  return { kind, id, also: also.filter((each) => !each.id.startsWith(id)) };
}

function kindOf(id: string, { jid, ids }: JobDocument["job"]): FoundBy["kind"] {
  const lower = id.toLowerCase();
  const bare = lower.replaceAll("-", "");
  if (id === jid) return "jid";
  if (jid.startsWith(id)) return "beginning of the jid";
  if (ids.active_job_id?.replaceAll("-", "").startsWith(bare) === true) return "ActiveJob id";
  if (ids.job_trace_id === lower) return "job trace id";
  if (ids.trace_ids.some((trace) => trace.startsWith(lower))) return "trace id";
  if (ids.correlation.some(({ value }) => value === id)) return "correlation id";
  return "id";
}
