/**
 * Which elements of two sequences are the same one: a longest common subsequence, as Myers' algorithm finds it in linear
 * space ("An O(ND) Difference Algorithm and Its Variations", 1986).
 *
 * What differs much would take the square of the differences. So the search for the middle of a stretch gives up after
 * {@link EDITS_MAX} differences and goes on from the furthest it came: the work is bounded by length × EDITS_MAX, and the
 * answer is then still a common subsequence, but perhaps not the longest one.
 */

export interface Matching {
  /** For each element of `a`: its partner in `b`, or -1. Partners ascend. */
  readonly partner: Int32Array;
  /** Whether the common subsequence is sure to be a longest one. */
  readonly longest: boolean;
}

/** Differences from either end of a stretch. 200,000 steps of which none is in its place take a second. */
export const EDITS_MAX = 256;

export function matchSequences(a: readonly string[], b: readonly string[]): Matching {
  const numbers = new Map<string, number>();
  const numbersOf = (words: readonly string[]): Int32Array =>
    Int32Array.from(words, (word) => {
      const known = numbers.get(word) ?? numbers.size;
      numbers.set(word, known);
      return known;
    });
  const left = numbersOf(a);
  const right = numbersOf(b);
  const partner = new Int32Array(a.length).fill(-1);
  // What the other side has nowhere has no partner: looking for one is most of the work where much differs.
  const inLeft = positionsOfShared(left, new Set(right));
  const inRight = positionsOfShared(right, new Set(left));
  const search = createSearch(
    inLeft.map((at) => left[at] ?? 0),
    inRight.map((at) => right[at] ?? 0),
    (i, j) => {
      partner[inLeft[i] ?? 0] = inRight[j] ?? 0;
    },
  );
  return { partner, longest: search() };
}

function positionsOfShared(words: Int32Array, other: ReadonlySet<number>): Int32Array {
  const positions: number[] = [];
  for (const [at, word] of words.entries()) if (other.has(word)) positions.push(at);
  return Int32Array.from(positions);
}

/** A part of both sequences; ends are exclusive. */
interface Box {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

/** Where a box is cut in two. `isMiddle`: no better cut exists. */
interface Cut {
  readonly x: number;
  readonly y: number;
  readonly isMiddle: boolean;
}

/** The function it gives returns whether every cut was the best. */
function createSearch(
  a: Int32Array,
  b: Int32Array,
  match: (i: number, j: number) => void,
): () => boolean {
  const cutBox = createCutter(a, b);
  return () => {
    const open: Box[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }];
    let longest = true;
    for (let box = open.pop(); box !== undefined; box = open.pop()) {
      let { aFrom, aTo, bFrom, bTo } = box;
      while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) match(aFrom++, bFrom++);
      while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) match(--aTo, --bTo);
      if (aFrom === aTo || bFrom === bTo) continue;
      const { x, y, isMiddle } = cutBox({ aFrom, aTo, bFrom, bTo });
      longest &&= isMiddle;
      open.push({ aFrom, aTo: x, bFrom, bTo: y }, { aFrom: x, aTo, bFrom: y, bTo });
    }
    return longest;
  };
}

/**
 * Paths are followed from both ends at once, one difference more with each round, until two meet. On diagonal k of a box
 * (x - y = k) `forward` holds the furthest x; `backward` the same of the box turned around.
 */
function createCutter(a: Int32Array, b: Int32Array): (box: Box) => Cut {
  const middle = a.length + b.length + 1;
  const forward = new Int32Array(2 * middle + 1);
  const backward = new Int32Array(2 * middle + 1);

  return ({ aFrom, aTo, bFrom, bTo }) => {
    const width = aTo - aFrom;
    const height = bTo - bFrom;
    const delta = width - height;
    const isOdd = (delta & 1) !== 0;
    forward[middle + 1] = 0;
    backward[middle + 1] = 0;
    for (let edits = 0; ; edits++) {
      const low = -edits + 2 * Math.max(0, edits - height);
      const high = edits - 2 * Math.max(0, edits - width);
      for (let k = low; k <= high; k += 2) {
        let x = nextX(forward, middle + k, k === -edits, k === edits);
        while (x < width && x - k < height && a[aFrom + x] === b[bFrom + x - k]) x++;
        forward[middle + k] = x;
        const other = delta - k;
        if (!isOdd || Math.abs(other) >= edits) continue;
        if (x + (backward[middle + other] ?? 0) >= width)
          return { x: aFrom + x, y: bFrom + x - k, isMiddle: true };
      }
      for (let k = low; k <= high; k += 2) {
        let x = nextX(backward, middle + k, k === -edits, k === edits);
        while (x < width && x - k < height && a[aTo - 1 - x] === b[bTo - 1 - x + k]) x++;
        backward[middle + k] = x;
        const other = delta - k;
        if (isOdd || Math.abs(other) > edits) continue;
        if (x + (forward[middle + other] ?? 0) >= width)
          return { x: aTo - x, y: bTo - x + k, isMiddle: true };
      }
      if (edits === EDITS_MAX) {
        const { x, y } = furthest(forward.subarray(middle + low, middle + high + 1), low, {
          width,
          height,
        });
        return { x: aFrom + x, y: bFrom + y, isMiddle: false };
      }
    }
  };
}

/** One step right from the diagonal below or one down from the one above, whichever came further. */
function nextX(reached: Int32Array, at: number, isLowest: boolean, isHighest: boolean): number {
  const below = reached[at - 1] ?? 0;
  const above = reached[at + 1] ?? 0;
  return isLowest || (!isHighest && below < above) ? above : below + 1;
}

/** Of the paths so far, the end of the one that left the most behind it. `reached` begins at diagonal `low`. */
function furthest(
  reached: Int32Array,
  low: number,
  { width, height }: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number } {
  let best = { x: 0, y: 0 };
  for (let at = 0; at < reached.length; at += 2) {
    const x = reached[at] ?? 0;
    const y = x - low - at;
    // A path at the edge may have taken a step too many.
    if (x <= width && y <= height && x + y > best.x + best.y) best = { x, y };
  }
  return best;
}
