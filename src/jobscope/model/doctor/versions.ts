/** Version numbers as gems have them. */

/** Below zero: `a` is older. Parts that are not numbers count as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isWithin(version: string, from: string, to: string): boolean {
  return compareVersions(version, from) >= 0 && compareVersions(version, to) <= 0;
}

/** Versions of opentelemetry-instrumentation-sidekiq whose `enqueued_at` has the value of `created_at`. */
export function hasWrongEnqueuedAt(sidekiqGem: string): boolean {
  return isWithin(sidekiqGem, "0.26.1", "0.28.0");
}

function partsOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
