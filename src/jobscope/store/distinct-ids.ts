/** Ids from several places, each once. */

/** In byte order, at most `limit`. */
export function distinctIds<Id extends string>(ids: readonly Id[], limit: number): readonly Id[] {
  return [...new Set(ids)].sort(compareBytes).slice(0, limit);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
