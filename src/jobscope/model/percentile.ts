/** A percentile of values that were measured: always one of them, never one between two (nearest rank). */

/** `sorted`: ascending. `share`: above 0, up to 1. undefined: of nothing. */
export function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

export function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
