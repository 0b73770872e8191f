/** A run that names no job, as the document lists it. */
import type { OrphanCandidate } from "../job-document.js";
import { numberAttribute, textAttribute } from "../span.js";
import { buildSteps } from "../steps/build-steps.js";
import type { OrphanTrace } from "../surroundings.js";
import { formatInstant } from "../time.js";

export function orphanCandidate(orphan: OrphanTrace): OrphanCandidate {
  const { last } = orphan;
  return {
    trace_id: orphan.traceId,
    spans: orphan.spanCount,
    started_at: formatInstant(orphan.start),
    last_at: formatInstant(orphan.end),
    missing_parents: orphan.missingParents,
    service: textAttribute(last.resource, "service.name") ?? null,
    host: textAttribute(last.resource, "host.name") ?? null,
    pid: numberAttribute(last.resource, "process.pid") ?? null,
    last_step: { title: titleOf(orphan), at: formatInstant(last.end) },
    basis: orphan.ranAgain ? "ran_again" : "started_after_enqueue",
  };
}

/** As the timeline of an attempt would have it. */
function titleOf({ last }: OrphanTrace): string {
  const attempt = {
    root: undefined,
    activeJob: undefined,
    start: undefined,
    knownBy: "stamp",
    receivedAt: last.end,
    spans: [last],
    pushes: new Map(),
    missingParents: [],
  } as const;
  const { steps } = buildSteps(attempt, last.start);
  const step = steps.find(({ id }) => id === last.spanId);
  return step?.title ?? last.name;
}
