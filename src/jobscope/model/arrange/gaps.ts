/**
 * Stretches of an attempt in which no span was open: it may have computed, slept or called a library without
 * instrumentation. Only that nothing was recorded is known, so a gap says no more.
 */
import type { Ns } from "../document-units.js";
import type { Step } from "../step-document.js";
import { fingerprintOf } from "../titles/fingerprint.js";

export interface GapFound {
  readonly from: Ns;
  readonly to: Ns;
  /** Ids of the steps before and after it. */
  readonly between: readonly [string | null, string | null];
}

/** `steps`: every step of the attempt, in time order. `gapMin` 0: every stretch, however short. */
export function gapsIn(steps: readonly Step[], gapMin: Ns): readonly GapFound[] {
  const gaps: GapFound[] = [];
  let until: Ns | undefined;
  let before: string | null = null;
  for (const { id, offset_ns: from, duration_ns: duration, notes } of steps) {
    // What lies a day away would make a gap of a day.
    if (notes.some(({ code }) => code === "outside_job_time")) continue;
    if (until !== undefined && from > until && from - until >= gapMin)
      gaps.push({ from: until, to: from, between: [before, id] });
    const end = from + Math.max(0, duration ?? 0);
    if (until === undefined || end >= until) {
      until = end;
      before = id;
    }
  }
  return gaps;
}

/** `shown`: what is left of the steps, some of it folded; a gap between the members of a fold is counted in the fold. */
export function withGaps(shown: readonly Step[], gaps: readonly GapFound[]): readonly Step[] {
  if (gaps.length === 0) return shown;
  const inFolds = new Map<string, { count: number; length: Ns }>();
  const placed: Step[] = [];
  let fold: { readonly id: string; readonly until: Ns } | undefined;
  let next = 0;
  for (const step of shown) {
    for (let gap = gaps[next]; gap !== undefined && gap.to <= step.offset_ns; gap = gaps[next]) {
      if (fold !== undefined && gap.to <= fold.until) countIn(inFolds, fold.id, gap);
      else placed.push(gapStep(gap, next));
      next++;
    }
    if (step.detail?.type === "fold" && step.detail.until_ns > (fold?.until ?? -Infinity))
      fold = { id: step.id, until: step.detail.until_ns };
    placed.push(step);
  }
  for (const [at, gap] of gaps.slice(next).entries()) {
    if (fold !== undefined && gap.to <= fold.until) countIn(inFolds, fold.id, gap);
    else placed.push(gapStep(gap, next + at));
  }
  return placed.map((step) => {
    const own = inFolds.get(step.id);
    return own === undefined || step.detail?.type !== "fold"
      ? step
      : { ...step, detail: { ...step.detail, gaps: own.count, gaps_ns: own.length } };
  });
}

function countIn(
  counts: Map<string, { count: number; length: Ns }>,
  id: string,
  { from, to }: GapFound,
): void {
  const own = counts.get(id) ?? { count: 0, length: 0 };
  counts.set(id, { count: own.count + 1, length: own.length + to - from });
}

function gapStep({ from, to, between }: GapFound, index: number): Step {
  return {
    id: `gap.${index + 1}`,
    parent_id: null,
    depth: 0,
    lane: 0,
    kind: "gap",
    offset_ns: from,
    duration_ns: to - from,
    self_ns: null,
    status: "unset",
    title: "with no span",
    result: null,
    fingerprint: fingerprintOf("gap", ""),
    detail: { type: "gap", between },
    library: null,
    notes: [],
    attributes: null,
  };
}
