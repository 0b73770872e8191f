/** A span's own time: its duration less the union of its children, so that parallel children are not counted twice. */
import type { Span } from "../span.js";
import { type DurationNano, durationNano } from "../time.js";

/** `children`: in order of start. */
export function selfTime(span: Span, children: readonly Span[]): DurationNano {
  let covered = 0n;
  let until: bigint = span.start;
  for (const child of children) {
    const from = child.start > until ? child.start : until;
    const to = child.end < span.end ? child.end : span.end;
    if (to <= from) continue;
    covered += to - from;
    until = to;
  }
  return durationNano(span.end - span.start - covered);
}
