/** A receiver on a free port, its file store, and a reader of that store, all real and in this process. */
import { type ClientHttp2Session, connect } from "node:http2";
import type { TraceId } from "../../src/jobscope/model/ids.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import type { JobStoreReader, StoredBatch } from "../../src/jobscope/store/job-store.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { createIngest } from "../../src/processor/ingest.js";
import { startReceiver } from "../../src/receiver/start-receiver.js";

export interface StoreServer {
  readonly host: string;
  readonly port: number;
  /** One HTTP/2 connection for all calls. */
  readonly session: ClientHttp2Session;
  readonly reader: JobStoreReader;
  /** The batches with spans of this trace, found by the index. */
  batchesOf(traceId: string): Promise<readonly StoredBatch[]>;
  close(): Promise<void>;
}

/** Small, so that a few hundred requests fill several segments and some are read after they were sealed. */
const SEGMENT_BYTES_MAX = 256 * 1024;

export async function startStoreServer(folder: string): Promise<StoreServer> {
  const now = () => unixNano(BigInt(Date.now()) * 1_000_000n);
  const writer = openFileStoreWriter(folder, {
    indexBatch,
    now,
    segmentBytesMax: SEGMENT_BYTES_MAX,
  });
  const receiver = await startReceiver({
    ingest: createIngest(writer, now),
    listen: [{ host: "127.0.0.1", port: 0 }],
    version: "0.0.0",
    store: folder,
  });
  const [address] = receiver.addresses;
  if (address === undefined) throw new Error("nothing is listening");
  const session = connect(`http://${address.host}:${address.port}`);
  const reader = openFileStoreReader(folder, { indexBatch });
  return {
    ...address,
    session,
    reader,
    async batchesOf(traceId) {
      const batches: StoredBatch[] = [];
      for (const lsn of await reader.findTrace(traceId as TraceId)) {
        const batch = await reader.read(lsn);
        if (batch !== undefined) batches.push(batch);
      }
      return batches;
    },
    async close() {
      session.destroy();
      await reader.close();
      await receiver.close();
      await writer.close();
    },
  };
}
