/** A child process of the lock's tests: opens the store named on its command line, says how that went, and waits. */
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { indexTestBatch } from "./store-batches.js";

try {
  openFileStoreWriter(process.argv[2] ?? "", {
    indexBatch: indexTestBatch,
    now: () => unixNano(1n),
  });
  console.log("held");
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
}
setInterval(() => undefined, 1000);
