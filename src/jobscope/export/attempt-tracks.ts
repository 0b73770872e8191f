/**
 * An attempt as slices that nest, for tools that draw one slice inside another by their times alone: what runs beside what it
 * is drawn into, or longer than it, goes to a track of its own.
 */
import type { Attempt } from "../model/job-document.js";
import type { Step, StepKind } from "../model/step-document.js";
import { lastEnd } from "../model/step-end.js";

export interface Slice {
  /** undefined: the attempt itself. */
  readonly step: Step | undefined;
  /** In the unit of the clock that was given; the end is never before the start. */
  readonly start: number;
  readonly end: number;
}

export interface Track {
  /** In the order in which they begin; of those that begin together the outer one first. */
  readonly slices: readonly Slice[];
}

/** Marks of a moment; the slice of the attempt has the ends of the job already. */
const MOMENTS: ReadonlySet<StepKind> = new Set<StepKind>(["started", "finished", "failed"]);

export function isSlice({ kind, duration_ns: duration }: Step): boolean {
  return duration !== null && !MOMENTS.has(kind);
}

/** `clock`: a point in time, as nanoseconds from the attempt's start, in the unit of the file; it must never run backwards. */
export function attemptTracks(
  attempt: Attempt,
  clock: (offset: number) => number,
): readonly Track[] {
  const whole = attempt.duration_ns ?? lastEnd(attempt.steps);
  const tracks: OpenTrack[] = [];
  const root = sliceOf(undefined, 0, whole, clock);
  put(root, trackOf(tracks, 0));
  const placed = new Map<string, Placed>();
  const rootPlace: Placed = { slice: root, track: 0 };
  for (const step of inOrder(attempt.steps.filter(isSlice), clock)) {
    const slice = sliceOf(step, step.offset_ns, step.duration_ns ?? 0, clock);
    const parent = placed.get(step.parent_id ?? "") ?? rootPlace;
    const track = trackFor(slice, parent, tracks);
    put(slice, trackOf(tracks, track));
    placed.set(step.id, { slice, track });
  }
  return tracks;
}

interface Placed {
  readonly slice: Slice;
  readonly track: number;
}

interface OpenTrack extends Track {
  readonly slices: Slice[];
  /** Those that are not over yet, the innermost last. */
  readonly open: Slice[];
}

function trackOf(tracks: OpenTrack[], at: number): OpenTrack {
  return (tracks[at] ??= { slices: [], open: [] });
}

function put(slice: Slice, track: OpenTrack): void {
  track.slices.push(slice);
  track.open.push(slice);
}

/** That of its parent where it fits into it, else the first one where it stands alone. */
function trackFor(slice: Slice, parent: Placed, tracks: readonly OpenTrack[]): number {
  if (fits(slice, parent.slice, tracks[parent.track])) return parent.track;
  for (let at = 1; at < tracks.length; at++) if (fits(slice, parent.slice, tracks[at])) return at;
  return Math.max(1, tracks.length);
}

/** Inside anything but its parent it would look like a part of that. */
function fits(slice: Slice, parent: Slice, track: OpenTrack | undefined): boolean {
  if (track === undefined) return true;
  const { open } = track;
  while ((open.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= slice.start && open.at(-1) !== parent)
    open.pop();
  const inner = open.at(-1);
  if (inner === undefined) return true;
  return inner === parent && inner.start <= slice.start && slice.end <= inner.end;
}

/** Documents are in time order; where a unit is coarser than theirs, outer ones come first again. */
function inOrder(steps: readonly Step[], clock: (offset: number) => number): readonly Step[] {
  const of = (step: Step): readonly [number, number] => {
    const { start, end } = sliceOf(step, step.offset_ns, step.duration_ns ?? 0, clock);
    return [start, end];
  };
  return [...steps].sort((a, b) => {
    const [aStart, aEnd] = of(a);
    const [bStart, bEnd] = of(b);
    return aStart - bStart || bEnd - aEnd || a.depth - b.depth;
  });
}

function sliceOf(
  step: Step | undefined,
  offset: number,
  duration: number,
  clock: (offset: number) => number,
): Slice {
  const start = clock(offset);
  return { step, start, end: clock(offset + Math.max(0, duration)) };
}
