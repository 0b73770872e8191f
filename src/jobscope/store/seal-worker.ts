/** The worker thread of sealer.ts: seals one segment whose runs are complete, and says whether it did. */
import { parentPort, workerData } from "node:worker_threads";
import type { SealTask } from "./sealer.js";
import { sealIndex } from "./segment-index.js";

/** Thrown by the index function that a complete live index never calls. */
class RunsMissingError extends Error {}

const task = workerData as SealTask;
const folder = { path: task.path, storeId: Buffer.from(task.storeId) };

function needsIndexing(): never {
  throw new RunsMissingError();
}

try {
  sealIndex(folder, task.firstLsn, needsIndexing);
  parentPort?.postMessage(true);
} catch (error) {
  if (!(error instanceof RunsMissingError)) throw error;
  parentPort?.postMessage(false);
}
