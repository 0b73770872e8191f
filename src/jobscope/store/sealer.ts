/**
 * Seals closed segments one at a time in a worker thread, so that sorting a hundred thousand rows and compressing a log
 * do not hold up a request.
 *
 * Functions do not cross threads, so where the live index is not complete (a crash, a full disk) it is completed here,
 * with the function that indexes a batch, and the worker tries again.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { IndexBatch, Lsn } from "./job-store.js";
import { completeLiveIndex, type SealOptions } from "./seal-segment.js";
import type { StoreFolder } from "./store-folder.js";

export interface Sealer {
  /** Adds what is new in the live index of the open segment to its index parts. */
  addPart(firstLsn: Lsn): void;
  seal(firstLsn: Lsn): void;
  /** Whether files of this segment may still be replaced; once not, never again. */
  isPending(firstLsn: Lsn): boolean;
  /** Waits for what was begun. */
  close(): Promise<void>;
}

/** What the worker is told. It answers whether it was done: a segment is not sealed while its live index is incomplete. */
export interface SealTask {
  readonly kind: "part" | "segment";
  readonly path: string;
  readonly storeId: Uint8Array;
  readonly firstLsn: Lsn;
  readonly options: SealOptions;
}

export function createSealer(
  folder: StoreFolder,
  indexBatch: IndexBatch,
  options: SealOptions,
): Sealer {
  let worker: Worker | undefined;
  let last: Promise<void> = Promise.resolve();
  const pending = new Set<Lsn>();

  async function sealOne(firstLsn: Lsn): Promise<void> {
    if (await inWorker("segment", firstLsn)) return;
    await completeLiveIndex(folder, firstLsn, indexBatch);
    await inWorker("segment", firstLsn);
  }

  /** @throws when the worker failed; the next segment gets another. */
  async function inWorker(kind: SealTask["kind"], firstLsn: Lsn): Promise<boolean> {
    worker ??= startWorker();
    const task: SealTask = { kind, path: folder.path, storeId: folder.storeId, firstLsn, options };
    worker.postMessage(task);
    try {
      const [isDone] = (await once(worker, "message")) as [boolean];
      return isDone;
    } catch (error) {
      worker = undefined;
      throw error;
    }
  }

  return {
    addPart(firstLsn) {
      // Without it a reader looks at more rows, and nothing else.
      last = last.then(async () => void (await inWorker("part", firstLsn))).catch(() => undefined);
    },
    seal(firstLsn) {
      // A failed sealing costs speed and room and nothing else: readers use the live index or the log, and it is tried again
      // at the next start.
      pending.add(firstLsn);
      last = last
        .then(() => sealOne(firstLsn))
        .catch(() => undefined)
        .then(() => void pending.delete(firstLsn));
    },
    isPending: (firstLsn) => pending.has(firstLsn),
    async close() {
      await last;
      await worker?.terminate();
    },
  };
}

/**
 * Megabytes of the worker's heap. It needs ten; the engine lets half of this gather outside the heap, where a segment's
 * bytes are, before it looks for what is free.
 */
const HEAP_MAX = 32;

function startWorker(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MAX, maxYoungGenerationSizeMb: 4 };
  return new Worker(new URL("./seal-worker.js", import.meta.url), { resourceLimits });
}
