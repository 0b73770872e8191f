/** What is known of the end of an attempt that has none: what it did last, what had begun, and why the state is what it is. */
import { countText } from "../model/count-text.js";
import type { Attempt, JobDocument } from "../model/job-document.js";
import { lastEnd, stepEnd } from "../model/step-end.js";
import type { Step } from "../model/step-document.js";
import { safeText } from "./safe-text.js";
import { formatClock, formatDuration, formatOffset } from "./time-words.js";
import type { View } from "./view.js";
import { wrap } from "./wrap.js";

export function endingLines(
  document: JobDocument,
  shown: readonly Attempt[],
  view: View,
): readonly string[] {
  const open = shown.filter(({ finished_at: end }) => end === null);
  return [
    ...open.flatMap((attempt) => openLines(attempt, view)),
    ...usualLines(document, view),
    ...evidenceLines(document, view),
  ];
}

function usualLines({ job }: JobDocument, view: View): readonly string[] {
  const usual = job.usual_duration;
  if (usual === null) return [];
  const [p50, p95] = [formatDuration(usual.p50_ns), formatDuration(usual.p95_ns)];
  const jobs = `${countText(usual.jobs)} ${usual.jobs === 1 ? "job" : "jobs"}`;
  return wrap(
    `p50 ${p50}, p95 ${p95} (${jobs})`,
    view.width,
    "Usual duration of this class: ",
    "  ",
  );
}

function openLines(attempt: Attempt, view: View): readonly string[] {
  const last = lastFinished(attempt);
  const closed = attempt.never_closed.map((span) => {
    const opened =
      span.opened_at === null ? "" : `, opened ${formatClock(span.opened_at, view.zone)}`;
    const count = span.finished_children;
    const children = `${count} finished ${count === 1 ? "child" : "children"}`;
    const name = span.title === null ? `span ${span.span_id}` : safeText(span.title);
    return `${name} (${children}${opened})`;
  });
  const uncommitted = attempt.effects.tables
    .filter(({ outcome }) => outcome === "no_end_recorded")
    .map(({ table }) => safeText(table));
  return [
    ...(last === undefined
      ? []
      : wrap(
          `${safeText(last.title)} at [${formatOffset(stepEnd(last))}]`,
          view.width,
          "Last finished step: ",
          "  ",
        )),
    ...(closed.length === 0 ? [] : wrap(closed.join("; "), view.width, "Never closed: ", "  ")),
    ...(uncommitted.length === 0
      ? []
      : wrap(
          `writes to ${uncommitted.join(", ")} were in an open transaction`,
          view.width,
          "No COMMIT recorded: ",
          "  ",
        )),
  ];
}

/** It may be in a fold: then the fold that ends last. */
function lastFinished({ steps, last_finished_step: wanted }: Attempt): Step | undefined {
  if (wanted === null) return undefined;
  const end = lastEnd(steps);
  return (
    steps.find(({ id }) => id === wanted) ??
    steps.findLast((step) => step.kind === "fold" && stepEnd(step) === end)
  );
}

/** Of a state that is inferred; what a span says itself needs no evidence. */
function evidenceLines({ job }: JobDocument, view: View): readonly string[] {
  if (job.state !== "orphaned") return [];
  const lines = job.state_evidence.flatMap(({ at, text }) =>
    wrap(`${formatClock(at, view.zone)}  ${safeText(text)}`, view.width, "  ", "            "),
  );
  return [`Evidence for "${job.state}"`, ...lines];
}
