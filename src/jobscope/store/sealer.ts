/**
 * Seals closed segments one at a time in a worker thread, so that sorting a hundred thousand rows does not hold up
 * a request.
 *
 * Functions do not cross threads, so the worker merges the runs there are; where some are missing the segment is sealed
 * here, with the function that indexes a batch.
 */
import { Worker } from "node:worker_threads";
import type { IndexBatch, Lsn } from "./job-store.js";
import { sealIndex } from "./segment-index.js";
import type { StoreFolder } from "./store-folder.js";

export interface Sealer {
  seal(firstLsn: Lsn): void;
  /** Waits for what was begun. */
  close(): Promise<void>;
}

/** What the worker is told. */
export interface SealTask {
  readonly path: string;
  readonly storeId: Uint8Array;
  readonly firstLsn: Lsn;
}

export function createSealer(folder: StoreFolder, indexBatch: IndexBatch): Sealer {
  let last: Promise<void> = Promise.resolve();

  async function sealOne(firstLsn: Lsn): Promise<void> {
    const task: SealTask = { path: folder.path, storeId: folder.storeId, firstLsn };
    const done = await sealInWorker(task);
    // Records without a run (an index write failed, a crash) need `indexBatch`, which only this thread has.
    if (!done) sealIndex(folder, firstLsn, indexBatch);
  }

  return {
    seal(firstLsn) {
      // A failed sealing costs speed and nothing else: readers use the live index or the log, and it is tried at the next start.
      last = last.then(() => sealOne(firstLsn)).catch(() => undefined);
    },
    close: () => last,
  };
}

/** Whether the worker sealed it; false when runs were missing. */
function sealInWorker(task: SealTask): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./seal-worker.js", import.meta.url), { workerData: task });
    worker.once("message", (done: boolean) => resolve(done));
    worker.once("error", reject);
    worker.once("exit", () => resolve(false));
  });
}
