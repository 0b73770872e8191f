/** Spans that others name as their parent and that never came: they keep their place, so that their children keep theirs. */
import type { SpanId } from "../ids.js";
import type { AttemptTrace } from "../job-trace.js";
import type { Span } from "../span.js";
import type { Step } from "../step-document.js";
import { between, type UnixNano } from "../time.js";
import { fingerprintOf } from "../titles/fingerprint.js";

/** Of an id in a title. Hex digits. */
const SHOWN_ID_LENGTH = 4;

/** Where the attempt's own span never came either, any of them may be it: none is then said to be missing below it. */
export function lostParents({
  root,
  activeJob,
  missingParents,
}: AttemptTrace): ReadonlySet<SpanId> {
  return new Set(root === undefined && activeJob === undefined ? [] : missingParents);
}

/** In order of time: each stands where the first of its children begins. */
export function lostParentSteps(attempt: AttemptTrace, start: UnixNano): readonly Step[] {
  const lost = lostParents(attempt);
  if (lost.size === 0) return [];
  const first = new Map<SpanId, Span>();
  for (const span of attempt.spans) {
    const parent = span.parentSpanId;
    if (parent !== undefined && lost.has(parent) && !first.has(parent)) first.set(parent, span);
  }
  return [...first].map(([id, child]) => placeholder(id, Number(between(start, child.start))));
}

function placeholder(id: SpanId, offset: number): Step {
  return {
    id,
    parent_id: null,
    depth: 0,
    lane: 0,
    kind: "other",
    offset_ns: offset,
    duration_ns: null,
    self_ns: null,
    status: "unset",
    title: `(span ${id.slice(0, SHOWN_ID_LENGTH)}… not received)`,
    result: null,
    fingerprint: fingerprintOf("other", "not received"),
    detail: null,
    library: null,
    notes: [{ code: "not_received", text: "named as a parent, never came" }],
    attributes: null,
  };
}
