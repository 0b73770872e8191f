/** A child of the readers' test: appends to the store on its command line for each byte of its input, and says what is acknowledged. */
import { writeSync } from "node:fs";
import { unixNano } from "../../../src/jobscope/model/time.js";
import { openFileStoreWriter } from "../../../src/jobscope/store/file-store-writer.js";
import { batchOf, indexTestBatch } from "./store-batches.js";

const writer = openFileStoreWriter(process.argv[2] ?? "", {
  indexBatch: indexTestBatch,
  now: () => unixNano(1n),
  segmentBytesMax: 2000,
});
for await (const chunk of process.stdin) {
  for (let byte = 0; byte < (chunk as Buffer).length; byte++) {
    const lsns = await Promise.all(
      Array.from({ length: 5 }, () => writer.append(batchOf(["a"], { fillerBytes: 50 }))),
    );
    writeSync(1, `${lsns.at(-1)}\n`);
  }
}
