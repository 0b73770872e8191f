/** Opens the store for a reading command, and says what to do when there is none. */
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { openFileStoreReader } from "../jobscope/store/file-store-reader.js";
import { indexBatch } from "../processor/batch-index.js";
import { SETTINGS } from "./settings/settings.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";

/** @throws StoreError */
export function openReader(line: CommandLine, context: Context): JobStoreReader {
  return openFileStoreReader(SETTINGS.store.of(line, context), { indexBatch });
}

/** The store as it is now, for who adds up many jobs: sums of a store that goes on changing would not fit each other. */
export function openSnapshot(line: CommandLine, context: Context): JobStoreReader {
  const reader = openReader(line, context);
  const snapshot = reader.snapshot();
  return {
    ...snapshot,
    async close() {
      await snapshot.close();
      await reader.close();
    },
  };
}
