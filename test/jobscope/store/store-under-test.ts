/** A file store of its own for each test, how it is filled, and the look at whether everything is there. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import {
  type FileStoreWriter,
  openFileStoreWriter,
  type WriterOptions,
} from "../../../src/jobscope/store/file-store-writer.js";
import type { JobStoreReader } from "../../../src/jobscope/store/job-store.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { collect } from "./job-store-contract.js";
import { type BatchOptions, batchOf, indexTestBatch } from "./store-batches.js";

export interface StoreUnderTest {
  readonly path: () => string;
  readonly openWriter: (options?: Partial<WriterOptions>) => FileStoreWriter;
  readonly openReader: () => JobStoreReader;
  /** Files in the log folder whose name ends so, oldest first. */
  readonly logFiles: (suffix: string) => readonly string[];
  /** Opens, appends a batch for each id, and closes. */
  readonly fill: (
    ids: readonly string[],
    options?: Partial<WriterOptions>,
    batchOptions?: BatchOptions,
  ) => Promise<void>;
  /** Fails unless exactly these can be found and read. */
  readonly assertHas: (ids: readonly string[]) => Promise<void>;
}

export const IDS = Array.from({ length: 20 }, (_, i) => `job-${String(i).padStart(2, "0")}`);

/** Of a batch that sealing compresses. */
export const LARGE: BatchOptions = { fillerBytes: 1000 };

/** A clock that moves by a nanosecond each time it is looked at. */
let clock = 1_800_000_000_000_000_000n;

/** Call inside a `describe`. */
export function storeUnderTest(): StoreUnderTest {
  const path = temporaryFolder();

  function openWriter(options: Partial<WriterOptions> = {}): FileStoreWriter {
    return openFileStoreWriter(path(), {
      indexBatch: indexTestBatch,
      now: () => unixNano((clock += 1n)),
      ...options,
    });
  }

  const openReader = (): JobStoreReader =>
    openFileStoreReader(path(), { indexBatch: indexTestBatch });

  return {
    path,
    openWriter,
    openReader,
    logFiles(suffix) {
      const log = join(path(), "log");
      return readdirSync(log)
        .filter((name) => name.endsWith(suffix))
        .sort()
        .map((name) => join(log, name));
    },
    async fill(ids, options, batchOptions) {
      const writer = openWriter(options);
      for (const id of ids) await writer.append(batchOf([id], batchOptions));
      await writer.close();
    },
    async assertHas(ids) {
      const reader = openReader();
      for (const id of ids) {
        const [row] = await reader.findRows(id);
        assert.ok(row, `${id} is lost`);
        assert.ok(await reader.read(row.lsn), `${id} is unreadable`);
      }
      assert.equal((await collect(reader.batches())).length, ids.length);
      await reader.close();
    },
  };
}

/** Flips one bit of a file. */
export function flipBit(file: string, bit: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8((bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
  writeFileSync(file, bytes);
}
