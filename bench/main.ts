/**
 * `npm run bench`: prints what jobtrace costs, as tables. `-- --quick` does the same on less data. Nothing is asserted:
 * compare figures of one run with each other, not with those of another machine.
 */
import { cpus } from "node:os";
import { benchIngest } from "./ingest.js";
import { benchLookup } from "./lookup.js";
import { createBatchMaker } from "./recorded-batch.js";

const isQuick = process.argv.includes("--quick");

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim()}, node ${process.versions.node}${isQuick ? ", quick" : ""}`,
);
const makeBatch = createBatchMaker();
await benchIngest(makeBatch, isQuick ? 600 : 3000);
await benchLookup(makeBatch, isQuick ? 20_000 : 200_000);
