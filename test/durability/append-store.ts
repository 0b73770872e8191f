/** A child of the crash matrix: opens the store on its command line, appends a few batches, each to a segment of its own. */
import { writeSync } from "node:fs";
import { unixNano } from "../../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../../src/jobscope/store/file-store-writer.js";
import { batchOf, indexTestBatch } from "../jobscope/store/store-batches.js";

const [store = "", prefix = ""] = process.argv.slice(2);
const writer = openFileStoreWriter(store, {
  indexBatch: indexTestBatch,
  now: () => unixNano(1n),
  segmentBytesMax: 1,
});
for (let i = 0; i < 3; i++) {
  const id = `${prefix}-${i}`;
  await writer.append(batchOf([id]));
  // Past any buffer of ours, so that what was acknowledged is known when the process is gone.
  writeSync(1, `${id}\n`);
}
await writer.close();
