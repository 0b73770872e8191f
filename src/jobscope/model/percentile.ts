/**
 * Percentiles by nearest rank: the value itself, never one between two. Of few values exactly; of many from a sketch of
 * fixed size (the logarithmic buckets of DDSketch, Masson, Rim and Lee 2019), whose error has a bound.
 */

/** Up to so many values each is kept. */
export const EXACT_VALUES_MAX = 10_000;
/** Of a percentile from the sketch: it is at most this share above or below the true one. */
export const SKETCH_ERROR = 0.01;

const GAMMA = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LN_GAMMA = Math.log(GAMMA);

export interface Distribution {
  readonly count: number;
  /** Whether its percentiles are values that were added. */
  readonly isExact: boolean;
  /** `value`: from 0 to 2^53; 1,837 buckets at most. */
  add(value: number): void;
  /** `fraction`: 0.5 for the median; null while nothing was added. */
  percentile(fraction: number): number | null;
  max(): number | null;
}

/** `ascending`: sorted. undefined for none. */
export function percentileOf(ascending: readonly number[], fraction: number): number | undefined {
  return ascending[rankOf(ascending.length, fraction)];
}

export function median(values: readonly number[]): number | undefined {
  return percentileOf(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

/** From 0. Nearest rank: the smallest value that at least this fraction of all does not exceed. */
function rankOf(count: number, fraction: number): number {
  return Math.max(0, Math.ceil(fraction * count) - 1);
}

export function createDistribution(exactMax = EXACT_VALUES_MAX): Distribution {
  let values: number[] = [];
  let isSorted = true;
  /** Bucket → how many; undefined while values are kept. */
  let buckets: Map<number, number> | undefined;
  let count = 0;
  let largest: number | null = null;

  function addToBucket(value: number, into: Map<number, number>): void {
    const bucket = bucketOf(value);
    into.set(bucket, (into.get(bucket) ?? 0) + 1);
  }

  return {
    get count() {
      return count;
    },
    get isExact() {
      return buckets === undefined;
    },
    add(value) {
      count++;
      largest = largest === null ? value : Math.max(largest, value);
      if (buckets !== undefined) {
        addToBucket(value, buckets);
        return;
      }
      values.push(value);
      isSorted = false;
      if (values.length <= exactMax) return;
      buckets = new Map();
      for (const each of values) addToBucket(each, buckets);
      values = [];
    },
    percentile(fraction) {
      if (buckets !== undefined) return fromBuckets(buckets, rankOf(count, fraction));
      if (!isSorted) values.sort((a, b) => a - b);
      isSorted = true;
      return percentileOf(values, fraction) ?? null;
    },
    max: () => largest,
  };
}

/** Values to 0 have one of their own. */
const ZERO_BUCKET = -1;

/** Bucket i holds what is over γ^(i-1) and up to γ^i. */
function bucketOf(value: number): number {
  return value < 1 ? ZERO_BUCKET : Math.ceil(Math.log(value) / LN_GAMMA);
}

function fromBuckets(buckets: ReadonlyMap<number, number>, rank: number): number {
  let left = rank;
  for (const [bucket, size] of [...buckets].sort(([a], [b]) => a - b)) {
    if (left < size) return middleOf(bucket);
    left -= size;
  }
  return 0;
}

/** The value from which both ends of the bucket are equally far, as a share of themselves. */
function middleOf(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : Math.round((2 * GAMMA ** bucket) / (GAMMA + 1));
}
