/**
 * Loaded into a server before its own code: measures how late its event loop is and tells when it ends, to the parent
 * process, as `{ loopDelayP99Ms }`.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between looks; a delay includes it. */
const RESOLUTION = 1;

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
histogram.enable();
// Starting up is not serving.
setTimeout(() => histogram.reset(), 2000).unref();
process.on("SIGTERM", () => {
  histogram.disable();
  process.send?.({ loopDelayP99Ms: histogram.percentile(99) / 1e6 });
  process.disconnect?.();
});
process.channel?.unref();
