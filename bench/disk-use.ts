/** How much of the disk a span takes once its segment is closed, its index included, and what making it small costs. */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { compressLog } from "../src/jobscope/store/compress-log.js";
import { readFrom } from "../src/jobscope/store/read-file.js";
import { readRunHeader, RUN_HEADER_BYTES } from "../src/jobscope/store/run-layout.js";
import {
  listSegments,
  logFile,
  openStoreFolder,
  sealedIndexFile,
} from "../src/jobscope/store/store-folder.js";
import { atMost, type Figure, inform } from "./figure.js";
import { fillStore } from "./filled-store.js";
import type { BatchMaker } from "./recorded-batch.js";

const BYTES_PER_SPAN_MAX = 85;

/** `spansMin`: enough for a segment to be closed. */
export async function benchDiskUse(
  folder: string,
  makeBatch: BatchMaker,
  spansMin: number,
): Promise<readonly Figure[]> {
  const store = join(folder, "store");
  const fill = async (codec: "gzip" | "identity", compress: boolean): Promise<void> => {
    rmSync(store, { recursive: true, force: true });
    await fillStore(store, makeBatch, { spansMin, codec, compress });
  };
  await fill("gzip", true);
  const gzip = closedBytesPerSpan(store);
  await fill("identity", true);
  const plain = closedBytesPerSpan(store);
  await fill("identity", false);
  const micros = compressingMicros(store);
  return [
    atMost("bytes per span, closed segments, gzip senders", gzip, BYTES_PER_SPAN_MAX, "B"),
    atMost("bytes per span, closed segments, plain senders", plain, BYTES_PER_SPAN_MAX, "B"),
    inform("compressing closed segments, CPU per span", `${micros.toFixed(2)} us`),
  ];
}

function closedBytesPerSpan(store: string): number {
  let bytes = 0;
  let spans = 0;
  for (const { files, spanCount } of closedSegments(store)) {
    bytes += files.reduce((sum, file) => sum + statSync(file).size, 0);
    spans += spanCount;
  }
  return bytes / spans;
}

/** Microseconds of CPU for each span. */
function compressingMicros(store: string): number {
  const folder = openStoreFolder(store);
  let micros = 0;
  let spans = 0;
  for (const { firstLsn, spanCount } of closedSegments(store)) {
    const before = process.cpuUsage();
    compressLog(folder, firstLsn);
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
    spans += spanCount;
  }
  return micros / spans;
}

function closedSegments(store: string) {
  const { storeId } = openStoreFolder(store);
  return listSegments(store).flatMap((firstLsn) => {
    const index = sealedIndexFile(store, firstLsn);
    if (!existsSync(index)) return [];
    const spanCount = readRunHeader(readFrom(index, 0, RUN_HEADER_BYTES), storeId)?.spanCount ?? 0;
    return [{ firstLsn, spanCount, files: [index, logFile(store, firstLsn)] }];
  });
}
