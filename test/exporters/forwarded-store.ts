/** A store with spans in it, and a forwarder that sends them to a peer. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { ForwardChange, Forwarder } from "../../src/exporters/forwarder.js";
import { startForwarder } from "../../src/exporters/forwarder.js";
import { createReceivedSource } from "../../src/exporters/received-source.js";
import type { Sender } from "../../src/exporters/sender.js";
import { unixNano } from "../../src/jobscope/model/time.js";
import type { JobStoreReader } from "../../src/jobscope/store/job-store.js";
import { openFileStoreReader } from "../../src/jobscope/store/file-store-reader.js";
import {
  type FileStoreWriter,
  openFileStoreWriter,
} from "../../src/jobscope/store/file-store-writer.js";
import { indexBatch } from "../../src/processor/batch-index.js";
import { createIngest } from "../../src/processor/ingest.js";
import { requestOf } from "../otlp-request.js";

const START = 1_795_000_000_000_000_000n;

/** A request of spans of no job, and their ids. */
export function plainRequest(count: number): {
  readonly raw: Buffer;
  readonly spanIds: readonly string[];
} {
  const spanIds = Array.from({ length: count }, () => randomBytes(8).toString("hex"));
  const traceId = randomBytes(16).toString("hex");
  const raw = requestOf(
    spanIds.map((spanId, at) => ({
      traceId,
      spanId,
      name: `step ${at}`,
      kind: 1,
      start: START + BigInt(at),
      end: START + BigInt(at) + 1000n,
    })),
  );
  return { raw, spanIds };
}

export interface ForwardedStore {
  readonly writer: FileStoreWriter;
  readonly reader: JobStoreReader;
  /** Through the real ingest. Resolves with the ids. */
  append(count: number, codec?: "identity" | "gzip"): Promise<readonly string[]>;
  /** The bytes of one request, through the real ingest. */
  take(raw: Buffer): Promise<void>;
  close(): Promise<void>;
}

export function openForwardedStore(path: string): ForwardedStore {
  const writer = openFileStoreWriter(path, { indexBatch, now: () => unixNano(START) });
  const reader = openFileStoreReader(path, { indexBatch });
  let now = START;
  const ingest = createIngest(writer, () => unixNano((now += 1_000_000n)));
  async function take(raw: Buffer, codec: "identity" | "gzip" = "identity"): Promise<void> {
    const body = codec === "gzip" ? gzipSync(raw) : raw;
    const outcome = await ingest({ body, codec, raw, format: "protobuf" });
    if (outcome.kind !== "accepted") throw new Error(outcome.reason);
  }
  return {
    writer,
    reader,
    take,
    async append(count, codec) {
      const { raw, spanIds } = plainRequest(count);
      await take(raw, codec);
      return spanIds;
    },
    async close() {
      await reader.close();
      await writer.close();
    },
  };
}

export interface Watched extends Forwarder {
  readonly changes: readonly ForwardChange[];
  readonly saves: readonly number[];
  readonly rejected: readonly { readonly code: string; readonly request: Buffer }[];
}

/** Mode as-received, from the beginning, waiting as short as the backoff can be. */
export function forwardReceived(reader: JobStoreReader, sender: Sender, from = 0): Watched {
  const changes: ForwardChange[] = [];
  const saves: number[] = [];
  const rejected: { code: string; request: Buffer }[] = [];
  const forwarder = startForwarder({
    source: createReceivedSource(reader, sender.takesGzip),
    sender,
    from,
    cursor: { save: (next) => void saves.push(next), sync: () => undefined },
    onChange: (change) => changes.push(change),
    onRejected: (request, code) => rejected.push({ request, code }),
    random: () => 0,
  });
  return { ...forwarder, changes, saves, rejected };
}
