/**
 * The reading side of the file store. Holds no lock and needs no server: it reads the files while a writer
 * appends, rolls and seals, or after one was killed. Each question is asked of the store as it is at that moment.
 */
import type { Damage, IndexBatch, JobStoreReader, Lsn, StoredBatch } from "./job-store.js";
import { inflate } from "./inflate.js";
import { type LogTail, logEnd, openLogTail } from "./log-tail.js";
import { IndexDamagedError } from "./sealed-file.js";
import { holdSegments, questionsTo, type Segments } from "./segment-questions.js";
import { infoOf } from "./store-info.js";
import { createStoreView } from "./store-view.js";
import { openStoreFolder } from "./store-folder.js";

export interface ReaderOptions {
  readonly indexBatch: IndexBatch;
}

/** @throws StoreError when there is no store or it cannot be read. */
export function openFileStoreReader(path: string, { indexBatch }: ReaderOptions): JobStoreReader {
  const folder = openStoreFolder(path);
  const view = createStoreView(folder, indexBatch);
  const damagedIndexes: Damage[] = [];
  /** Where the last reading of the log stopped. */
  let parked: LogTail | undefined;

  /** A damaged index is not believed from now on. @throws the error, when it is another one. */
  function distrust(error: unknown): void {
    if (!(error instanceof IndexDamagedError)) throw error;
    const { file, segment, offset, length, message } = error;
    damagedIndexes.push({ file, offset, length, reason: message });
    view.distrust(segment);
  }

  async function* batches(from: Lsn): AsyncIterable<StoredBatch> {
    const end = logEnd(folder);
    const tail = parked?.position === from ? parked : openLogTail(folder, from);
    if (parked !== tail) parked?.close();
    parked = undefined;
    try {
      for (let record = tail.next(end); record !== undefined; record = tail.next(end)) {
        const read = record;
        yield { ...read, raw: () => inflate(read) };
      }
    } finally {
      // Who reads along with the writer asks again for what comes next.
      (parked as LogTail | undefined)?.close();
      parked = tail;
    }
  }

  function readerOver(segments: Segments, close: () => void): JobStoreReader {
    return {
      ...questionsTo(segments, distrust),
      batches: (from = 0) => batches(from),
      info: async () => infoOf(folder, segments.current(), damagedIndexes),
      snapshot() {
        const held = holdSegments(view);
        return readerOver(held, () => held.release());
      },
      close: async () => close(),
    };
  }

  const asItIs: Segments = { current: () => view.segments(), hold: (some) => view.hold(some) };
  return readerOver(asItIs, () => {
    parked?.close();
    parked = undefined;
    view.close();
  });
}
