/**
 * A child process of retention's tests: reads all rows and batches of the store named on its command line again and
 * again, prints the lowest and the highest job it saw after each turn, and ends when its stdin does.
 */
import { rowsOf } from "../../../src/jobscope/store/batch-index.js";
import { openFileStoreReader } from "../../../src/jobscope/store/file-store-reader.js";
import { indexTestBatch } from "./store-batches.js";

let isAsked = false;
process.stdin.on("end", () => {
  isAsked = true;
});
process.stdin.resume();

const reader = openFileStoreReader(process.argv[2] ?? "", { indexBatch: indexTestBatch });
while (!isAsked) {
  const seen: number[] = [];
  for await (const { jobId } of reader.jobs({})) {
    // It may have gone since it was listed; half of it may not.
    for (const { lsn } of await reader.findRows(jobId)) {
      const batch = await reader.read(lsn);
      if (batch !== undefined && rowsOf(indexTestBatch(batch.raw()))[0]?.jobId !== jobId)
        throw new Error(`${jobId} reads as another job`);
    }
    seen.push(Number(jobId.slice(3)));
    await new Promise(setImmediate);
  }
  for await (const { lsn } of reader.batches()) seen.push(lsn);
  console.log(`${Math.min(...seen)} ${Math.max(...seen)}`);
}
await reader.close();
