/** The worker thread of sealer.ts: seals the segments it is told, and the parts of the open one. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { appendPart } from "./index-parts.js";
import { sealSegment } from "./seal-segment.js";
import type { SealTask } from "./sealer.js";

/**
 * Sealing a segment leaves over twenty megabytes outside the engine's heap, which is too little for the engine to look
 * for them: they would stay until the next is well under way.
 */
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

parentPort?.on("message", ({ kind, path, storeId, firstLsn, options }: SealTask) => {
  const folder = { path, storeId: Buffer.from(storeId) };
  if (kind === "segment") {
    parentPort?.postMessage(sealSegment(folder, firstLsn, options));
    collectGarbage();
  } else {
    appendPart(folder, firstLsn);
    parentPort?.postMessage(true);
  }
});
