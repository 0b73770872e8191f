/** The parts of a collector, wired: receiver → ingest → store ← retention. Used by `serve`, and by `demo` for its temporary one. */
import type { FileStoreWriter } from "../jobscope/store/file-store-writer.js";
import type { Durability } from "../jobscope/store/syncer.js";
import { openFileStoreWriter } from "../jobscope/store/file-store-writer.js";
import {
  type Retention,
  type RetentionOptions,
  startRetention,
} from "../jobscope/store/retention.js";
import { openStoreFolder } from "../jobscope/store/store-folder.js";
import { indexBatch } from "../processor/batch-index.js";
import { createIngest } from "../processor/ingest.js";
import type { ListenAddress } from "../receiver/listen-address.js";
import type { OnNotice } from "../receiver/notice.js";
import { createRecentNotices } from "../receiver/recent-notices.js";
import { type Receiver, startReceiver } from "../receiver/start-receiver.js";
import type { Context } from "./context.js";
import { createStatusPage } from "./doctor/collector-status.js";
import { createJobPage } from "./job-page.js";
import { paceGarbageCollection } from "./pace-garbage-collection.js";

export interface CollectorOptions {
  readonly store: string;
  readonly listen: readonly ListenAddress[];
  readonly durability: Durability;
  /** Bytes of the disk that stay free. */
  readonly diskFreeMin: number;
  /** Whether what came uncompressed is compressed when its segment is closed. */
  readonly compress: boolean;
  /** Bytes at which a log file is closed and the next begun; the store's own default when undefined. */
  readonly segmentBytesMax?: number | undefined;
  readonly onNotice: OnNotice;
  /** Who sends or looks has to have one of them; nobody has to when there are none. */
  readonly tokens: readonly string[];
  /** Further lines for who looks whether it is there. */
  readonly health?: () => Promise<readonly string[]>;
}

/** What to keep, and whom to tell; the rest the collector knows. */
export type KeepOptions = Omit<RetentionOptions, "now" | "isSealing">;

export interface Collector {
  readonly receiver: Receiver;
  readonly writer: FileStoreWriter;
  /** From now on the oldest spans go when the limits say so. Call it once. */
  keep(options: KeepOptions): void;
  /** Answers what is under way, then closes the store. */
  stop(): Promise<void>;
}

/** @throws StoreError, ListenError; nothing is left open then. */
export async function startCollector(
  options: CollectorOptions,
  context: Context,
): Promise<Collector> {
  paceGarbageCollection();
  const { durability, diskFreeMin, compress } = options;
  let retention: Retention | undefined;
  const writer = openFileStoreWriter(options.store, {
    indexBatch,
    now: context.now,
    durability,
    diskFreeMin,
    compress,
    ...(options.segmentBytesMax === undefined ? {} : { segmentBytesMax: options.segmentBytesMax }),
    onRotation: () => retention?.afterRotation(),
  });
  try {
    const ingest = createIngest(writer, context.now);
    const notices = createRecentNotices(context.now);
    const receiver = await startReceiver({
      ingest,
      listen: options.listen,
      version: context.version,
      store: options.store,
      storeId: openStoreFolder(options.store).storeId.toString("hex"),
      ...(options.health === undefined ? {} : { health: options.health }),
      page: createStatusPage(notices, createJobPage(options.store)),
      onEachNotice: notices.add,
      onNotice: options.onNotice,
      tokens: options.tokens,
    });
    return {
      receiver,
      writer,
      keep(keepOptions) {
        retention = startRetention(options.store, {
          ...keepOptions,
          now: context.now,
          isSealing: (firstLsn) => writer.isSealing(firstLsn),
        });
      },
      async stop() {
        await receiver.close();
        await retention?.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}
