/**
 * What had begun and not ended in an attempt whose own span never came: by the start record, and by the ids of parents that
 * spans name and that never arrived.
 */
import type { OpenSpan } from "../job-document.js";
import type { AttemptTrace, JobTrace } from "../job-trace.js";
import type { SpanId } from "../ids.js";
import { formatInstant } from "../time.js";

export function neverClosed({ jobClass }: JobTrace, attempt: AttemptTrace): readonly OpenSpan[] {
  const { start, spans, missingParents } = attempt;
  const children = new Map<SpanId, number>();
  for (const { parentSpanId } of spans) {
    if (parentSpanId !== undefined)
      children.set(parentSpanId, (children.get(parentSpanId) ?? 0) + 1);
  }
  return missingParents.map((spanId) => {
    const isRoot = start?.parentSpanId === spanId;
    return {
      span_id: spanId,
      title: isRoot ? (jobClass ?? null) : null,
      opened_at: isRoot && start !== undefined ? formatInstant(start.start) : null,
      finished_children: children.get(spanId) ?? 0,
      source: isRoot ? "start_record" : "inferred_from_children",
    };
  });
}
