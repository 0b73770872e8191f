/** `Job started`, and how it ended: lines of their own at their places in time. */
import { errorOfSpan } from "../errors/error-info.js";
import { isInterruption } from "../errors/interruption.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import type { Step } from "../step-document.js";
import { between, type UnixNano } from "../time.js";
import { fingerprintOf } from "../titles/fingerprint.js";

/** `steps`: in order of time, as are the ones given. */
export function withEnds(
  attempt: AttemptTrace,
  start: UnixNano,
  steps: readonly Step[],
): readonly Step[] {
  const root = attempt.root ?? attempt.activeJob;
  if (root === undefined) return withStartRecord(attempt, start, steps);
  const offset = Number(between(start, root.end));
  const after = steps.findIndex((step) => step.offset_ns > offset);
  const at = after === -1 ? steps.length : after;
  return [
    boundary(root, "started", "Job started", 0),
    ...steps.slice(0, at),
    ending(root, attempt, offset),
    ...steps.slice(at),
  ];
}

/** Where the attempt's own span never came, the record of its start is all that is known of it. */
function withStartRecord(
  { start: record }: AttemptTrace,
  start: UnixNano,
  steps: readonly Step[],
): readonly Step[] {
  if (record === undefined) return steps;
  const offset = Number(between(start, record.start));
  return [boundary(record, "started", "Job started (start record)", offset), ...steps];
}

function ending(root: Span, attempt: AttemptTrace, offset: number): Step {
  const error = attempt.root === undefined ? null : errorOfSpan(root);
  if (error === null || root.status.code !== "error")
    return boundary(root, "finished", "Job finished", offset);
  if (isInterruption(error.class)) {
    const title = `Job interrupted, put back on its queue (${error.class})`;
    return boundary(root, "finished", title, offset);
  }
  return {
    ...boundary(root, "failed", "Job failed", offset),
    status: "error",
    result: `✗ ${error.class}`,
    detail: { type: "exception", error },
  };
}

function boundary(
  root: Span,
  kind: "started" | "finished" | "failed",
  title: string,
  offset: number,
): Step {
  return {
    id: `${root.spanId}.${kind}`,
    parent_id: root.spanId,
    depth: 0,
    lane: 0,
    kind,
    offset_ns: offset,
    duration_ns: null,
    self_ns: null,
    status: "unset",
    title,
    result: null,
    fingerprint: fingerprintOf("job", kind),
    detail: null,
    library: null,
    notes: [],
    attributes: null,
  };
}
