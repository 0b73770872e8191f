/** The worker thread of sealer.ts: seals the segments it is told, and says of each whether its live index was complete. */
import { parentPort } from "node:worker_threads";
import { sealSegment } from "./seal-segment.js";
import type { SealTask } from "./sealer.js";

parentPort?.on("message", ({ path, storeId, firstLsn, options }: SealTask) => {
  const folder = { path, storeId: Buffer.from(storeId) };
  parentPort?.postMessage(sealSegment(folder, firstLsn, options));
});
