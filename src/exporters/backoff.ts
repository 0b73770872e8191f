/** How long to wait before a request is sent again: longer each time, and different for everybody. */

const FIRST_MS = 1000;
const MAX_MS = 30_000;
const GROWTH = 1.5;
/** Of the wait, either way: peers that went down together do not come back together. */
const JITTER = 0.5;

/** `failures`: in a row, from 1. `random`: from 0 to 1. Milliseconds. */
export function backoffMs(failures: number, random: number): number {
  const base = Math.min(MAX_MS, FIRST_MS * GROWTH ** (failures - 1));
  return Math.round(base * (1 - JITTER + 2 * JITTER * random));
}
