/** Who still reads segments that are not current any more: their files are closed when the last has come to the end. */
import type { SegmentReader } from "./segment-reader.js";

export interface HeldSegments {
  /** Until the function it gives is called, these are not closed. */
  hold(segments: readonly SegmentReader[]): () => void;
  /** Closes it, now or when nobody holds it any more. */
  retire(segment: SegmentReader): void;
}

export function createHeldSegments(): HeldSegments {
  const holders = new Map<SegmentReader, number>();
  const retired = new Set<SegmentReader>();

  function release(segment: SegmentReader): void {
    const count = (holders.get(segment) ?? 1) - 1;
    if (count > 0) {
      holders.set(segment, count);
      return;
    }
    holders.delete(segment);
    if (retired.delete(segment)) segment.close();
  }

  return {
    hold(segments) {
      for (const segment of segments) holders.set(segment, (holders.get(segment) ?? 0) + 1);
      let held = segments;
      return () => {
        for (const segment of held) release(segment);
        held = [];
      };
    },
    retire(segment) {
      if (holders.has(segment)) retired.add(segment);
      else segment.close();
    },
  };
}
