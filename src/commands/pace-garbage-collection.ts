/** When the collector's process looks for garbage in its whole heap. */
import { setFlagsFromString } from "node:v8";

/**
 * Percent of what is in use after a collection that may come on top before the next one.
 *
 * Request bodies lie outside the engine's heap and die young, but the engine counts them against a limit that it takes
 * from the heap alone, a few megabytes here: left to itself it marks that heap after every eleven megabytes of requests,
 * which is a fifth of the time that receiving takes. At most 64 MB of bodies wait for a collection either way: that limit
 * is the engine's own.
 */
const HEAP_GROWING_PERCENT = 300;

/** Call before the first request. */
export function paceGarbageCollection(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}
