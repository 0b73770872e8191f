/** Valid requests to start from: generated ones with every field, and what real Sidekiq processes sent. */
import fc from "fast-check";
import { requestType } from "../otlp/otlp-schema.js";
import { recordedBodies } from "../otlp/recorded-bodies.js";
import { encodeRequest, requestArbitrary } from "../otlp/request-arbitrary.js";
import { ONE_OF_TWO_SPANS_INVALID, ONE_SPAN, SHORT_TRACE_ID } from "../otlp/wire-bytes.js";
import type { Random } from "./seeded-random.js";
import { readTree, type WireField } from "./wire-tree.js";

export interface Seed {
  readonly bytes: Uint8Array;
  /** Read when first asked for. */
  tree(): readonly WireField[];
}

/** Cases that share their seeds, so that a case is made again without making those before it. */
export const CASES_PER_POOL = 100_000;
const GENERATED = 300;
/** Large requests are as slow as they are long and seldom find more, so most cases start from small ones. */
const SMALL_BYTES = 700;
const ONCE_LARGE = 60;
const ONCE_VERY_LARGE = 20;
/** Recorded bodies of this many bytes hold hundreds of spans. */
const VERY_LARGE_BYTES = 5_000;

export interface SeedPool {
  pick(random: Random): Seed;
}

interface SeedsBySize {
  readonly small: readonly Seed[];
  readonly large: readonly Seed[];
  readonly veryLarge: readonly Seed[];
}

const recorded = bySize([
  ONE_SPAN,
  ONE_OF_TWO_SPANS_INVALID,
  SHORT_TRACE_ID,
  ...recordedBodies().map(({ bytes }) => bytes),
]);

export function createSeedPool(seed: number): SeedPool {
  const requests = fc.sample(requestArbitrary, { seed, numRuns: GENERATED });
  const generated = bySize(requests.map(encodeRequest));
  return {
    pick(random) {
      if (!random.once(ONCE_LARGE))
        return random.pick(random.once(3) ? recorded.small : generated.small);
      if (random.once(ONCE_VERY_LARGE)) return random.pick(recorded.veryLarge);
      return random.pick(random.once(3) ? recorded.large : generated.large);
    },
  };
}

function bySize(bodies: readonly Uint8Array[]): SeedsBySize {
  const within = (from: number, to: number): readonly Seed[] =>
    bodies.filter(({ length }) => length >= from && length < to).map(seedOf);
  return {
    small: within(0, SMALL_BYTES),
    large: within(SMALL_BYTES, VERY_LARGE_BYTES),
    veryLarge: within(VERY_LARGE_BYTES, Infinity),
  };
}

function seedOf(bytes: Uint8Array): Seed {
  let tree: readonly WireField[] | undefined;
  return { bytes, tree: () => (tree ??= readTree(bytes, requestType)) };
}
