/** When what was written is synced, and what is known of the disk after a sync that failed. */
import type { SegmentWriter } from "./segment-writer.js";
import { StoreError } from "./store-error.js";

export type Durability =
  /** Acknowledge when the disk has it. */
  | { readonly kind: "fsync" }
  /** Acknowledge when the kernel has it, sync every so often: survives a crash of the process, not of the machine. */
  | { readonly kind: "interval"; readonly intervalMs: number }
  /** Never sync. */
  | { readonly kind: "none" };

export interface Syncer {
  /** @throws StoreError once the disk failed to sync. */
  throwIfFailed(): void;
  /** Only one after which the disk's content is not known ends the writing. */
  noteFailure(error: StoreError): void;
  readonly failed: Promise<StoreError>;
  /** Makes what was written as durable as was asked for. */
  afterWrite(): Promise<void>;
  beforeRoll(): Promise<void>;
  close(): Promise<void>;
}

export function createSyncer(segments: SegmentWriter, durability: Durability): Syncer {
  /** What the disk holds after a failed sync is not known, so nothing is acknowledged any more. */
  let failure: StoreError | undefined;
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: StoreError) => void = () => undefined;
  const failed = new Promise<StoreError>((resolve) => {
    fail = resolve;
  });

  function noteFailure(error: StoreError): void {
    if (error.code !== "disk_failed") return;
    failure ??= error;
    fail(failure);
  }

  async function sync(): Promise<void> {
    try {
      await segments.sync();
    } catch (error) {
      noteFailure(asStoreError(error));
      throw error;
    }
  }

  async function syncLater(): Promise<void> {
    timer = undefined;
    // A failure is remembered, and told to the next append.
    await sync().catch(() => undefined);
  }

  return {
    failed,
    noteFailure,
    throwIfFailed() {
      if (failure !== undefined) throw failure;
    },
    async afterWrite() {
      if (durability.kind === "fsync") await sync();
      if (durability.kind === "interval")
        timer ??= setTimeout(() => void syncLater(), durability.intervalMs);
    },
    async beforeRoll() {
      // Under `interval` the segment may hold what was not synced yet.
      if (durability.kind === "interval") await sync();
    },
    async close() {
      clearTimeout(timer);
      if (failure === undefined && durability.kind !== "none") await sync();
    },
  };
}

/** What a commit failed with, as the sentence that its senders are told. */
export function asStoreError(error: unknown): StoreError {
  return error instanceof StoreError
    ? error
    : new StoreError("write_failed", `cannot write spans: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
