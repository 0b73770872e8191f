/** The worker thread of sealer.ts: seals the segments it is told, and the parts of the open one. */
import { parentPort } from "node:worker_threads";
import { appendPart } from "./index-parts.js";
import { sealSegment } from "./seal-segment.js";
import type { SealTask } from "./sealer.js";

parentPort?.on("message", ({ kind, path, storeId, firstLsn, options }: SealTask) => {
  const folder = { path, storeId: Buffer.from(storeId) };
  if (kind === "segment") parentPort?.postMessage(sealSegment(folder, firstLsn, options));
  else {
    appendPart(folder, firstLsn);
    parentPort?.postMessage(true);
  }
});
