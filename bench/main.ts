/**
 * `npm run bench`: prints what jobtrace costs, as tables, and each figure beside what was aimed for. `-- --quick` does the
 * same on less data. Nothing fails here: compare figures of one run with each other, not with another machine's.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { benchDiskUse } from "./disk-use.js";
import { type Figure, printFigures } from "./figure.js";
import { benchForwarding } from "./forwarding.js";
import { benchGrowing } from "./growing.js";
import { benchIngest } from "./ingest.js";
import { benchOpening } from "./opening.js";
import { benchReading } from "./reading.js";
import { createBatchMaker } from "./recorded-batch.js";
import { benchSteady } from "./steady.js";

interface Size {
  readonly ingestRequests: number;
  readonly forwardRequests: number;
  readonly steadySeconds: number;
  readonly storeSpans: number;
  readonly diskSpans: number;
  readonly openingGigabytes: number;
}

const FULL: Size = {
  ingestRequests: 5000,
  forwardRequests: 3000,
  steadySeconds: 600,
  // A million jobs.
  storeSpans: 20_000_000,
  diskSpans: 2_000_000,
  openingGigabytes: 10,
};

/** About two minutes. */
const QUICK: Size = {
  ingestRequests: 1500,
  forwardRequests: 500,
  steadySeconds: 10,
  storeSpans: 1_000_000,
  diskSpans: 1_050_000,
  openingGigabytes: 0.5,
};

const HELP = `npm run bench: prints what jobtrace costs

  npm run bench                       all of it, about 25 minutes
  npm run bench -- --quick            the same on less data, about two minutes
  npm run bench -- ingest reading     only these parts: ingest, forwarding, steady, reading, disk, opening
`;
const PARTS = ["ingest", "forwarding", "steady", "reading", "disk", "opening"];

const words = process.argv.slice(2);
const unknown = words.find((word) => word !== "--quick" && !PARTS.includes(word));
if (unknown !== undefined) {
  console.log(unknown === "--help" || unknown === "-h" ? HELP : `no part ${unknown}\n\n${HELP}`);
  process.exit(unknown === "--help" || unknown === "-h" ? 0 : 2);
}

/** Asked for by name. */
const names = words.filter((word) => word !== "--quick");
const isWanted = (name: string): boolean => names.length === 0 || names.includes(name);
const isQuick = words.includes("--quick");
const size = isQuick ? QUICK : FULL;
const makeBatch = createBatchMaker();
const figures: Figure[] = [];

console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim()}, node ${process.versions.node}${isQuick ? ", quick" : ""}`,
);
await inFolder("ingest", (folder) => benchIngest(folder, makeBatch, size.ingestRequests));
await inFolder("forwarding", (folder) => benchForwarding(folder, makeBatch, size.forwardRequests));
await inFolder("steady", (folder) => benchSteady(folder, makeBatch, size.steadySeconds));
await inFolder("reading", async (folder) => {
  const grown = await benchGrowing(folder, makeBatch, size.storeSpans);
  return [...grown.figures, ...(await benchReading(folder, grown.filled))];
});
await inFolder("disk", (folder) => benchDiskUse(folder, makeBatch, size.diskSpans));
await inFolder("opening", (folder) => benchOpening(folder, makeBatch, size.openingGigabytes));
printFigures(figures);

async function inFolder(
  name: string,
  bench: (folder: string) => Promise<readonly Figure[]>,
): Promise<void> {
  if (!isWanted(name)) return;
  const folder = mkdtempSync(join(tmpdir(), "jobtrace-bench-"));
  try {
    figures.push(...(await bench(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
