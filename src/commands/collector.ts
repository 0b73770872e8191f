/** The parts of a collector, wired: receiver → ingest → store. Used by `serve`, and by `demo` for its temporary one. */
import type { FileStoreWriter, Durability } from "../jobscope/store/file-store-writer.js";
import { openFileStoreWriter } from "../jobscope/store/file-store-writer.js";
import { indexBatch } from "../processor/batch-index.js";
import { createIngest } from "../processor/ingest.js";
import type { ListenAddress } from "../receiver/listen-address.js";
import type { OnNotice } from "../receiver/notice.js";
import { type Receiver, startReceiver } from "../receiver/start-receiver.js";
import type { Context } from "./context.js";
import { paceGarbageCollection } from "./pace-garbage-collection.js";

export interface CollectorOptions {
  readonly store: string;
  readonly listen: readonly ListenAddress[];
  readonly durability: Durability;
  /** Whether what came uncompressed is compressed when its segment is closed. */
  readonly compress: boolean;
  /** Bytes at which a log file is closed and the next begun; the store's own default when undefined. */
  readonly segmentBytesMax?: number | undefined;
  readonly onNotice: OnNotice;
}

export interface Collector {
  readonly receiver: Receiver;
  readonly writer: FileStoreWriter;
  /** Answers what is under way, then closes the store. */
  stop(): Promise<void>;
}

/** @throws StoreError, ListenError; nothing is left open then. */
export async function startCollector(
  options: CollectorOptions,
  context: Context,
): Promise<Collector> {
  paceGarbageCollection();
  const { durability, compress } = options;
  const writer = openFileStoreWriter(options.store, {
    indexBatch,
    now: context.now,
    durability,
    compress,
    ...(options.segmentBytesMax === undefined ? {} : { segmentBytesMax: options.segmentBytesMax }),
  });
  try {
    const ingest = createIngest(writer, context.now);
    const receiver = await startReceiver({
      ingest,
      listen: options.listen,
      version: context.version,
      store: options.store,
      onNotice: options.onNotice,
    });
    return {
      receiver,
      writer,
      async stop() {
        await receiver.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}
