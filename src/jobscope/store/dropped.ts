/** What was deleted, and who lost something by it. */
import type { Drop } from "./retention-plan.js";

export interface Dropped {
  readonly drops: readonly Drop[];
  /** Spans deleted before these had read them: only the limit of size does that. */
  readonly lost: readonly LostSpans[];
}

export interface LostSpans {
  readonly name: string;
  readonly spanCount: number;
}

export const NOTHING_DROPPED: Dropped = { drops: [], lost: [] };

/** One after the other. */
export function bothDropped(a: Dropped, b: Dropped): Dropped {
  return { drops: [...a.drops, ...b.drops], lost: addLost(a.lost, b.lost) };
}

function addLost(a: readonly LostSpans[], b: readonly LostSpans[]): readonly LostSpans[] {
  const counts = new Map(a.map(({ name, spanCount }) => [name, spanCount]));
  for (const { name, spanCount } of b) counts.set(name, (counts.get(name) ?? 0) + spanCount);
  return [...counts].map(([name, spanCount]) => ({ name, spanCount }));
}
