/** What is left on the heap once garbage is collected. Node offers the collector only behind a flag, set here. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes. */
export function collectGarbage(): number {
  // Finalizers run between two collections, and what they let go is found by the second.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
