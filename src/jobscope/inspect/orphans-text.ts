/** Runs that name no job and may be of this one. Each is called a candidate, because that is all it is. */
import { countText } from "../model/count-text.js";
import type { JobDocument, OrphanCandidate } from "../model/job-document.js";
import { safeText } from "./safe-text.js";
import { formatClock } from "./time-words.js";
import type { View } from "./view.js";

export function orphanDoubts(document: JobDocument, view: View): readonly string[] {
  const { orphan_candidates: candidates, orphan_search: search } = document;
  const some = candidates.map((candidate) => candidateText(candidate, view));
  const more =
    search.omitted === 0 ? [] : [`${countText(search.omitted)} more candidates are not shown.`];
  return [...some, ...more];
}

function candidateText(candidate: OrphanCandidate, view: View): string {
  const { spans, service, host, pid, basis } = candidate;
  const where = [service ?? "", host ?? "", pid === null ? "" : `pid ${pid}`].filter(Boolean);
  const times = [candidate.started_at, candidate.last_at]
    .map((time) => formatClock(time, view.zone, true))
    .join(" to ");
  const count = `${countText(spans)} ${spans === 1 ? "span" : "spans"}`;
  const why =
    basis === "ran_again"
      ? "the job ran again later from the same push, so an earlier run was cut off"
      : "it began after the job was due, and its own span, which would name the job, never came";
  return `Possible run of this job: trace ${candidate.trace_id}, ${count}, ${times}, ${safeText(where.join(" "))}; last step ${safeText(candidate.last_step.title)}. A candidate: ${why}.`;
}
