/**
 * Lines as they become known, for as long as one likes: while the collector writes, is stopped, is killed or is started
 * again. What came while nobody wrote or nobody read is told in the order of the log.
 */
import type { JobStoreReader, Lsn } from "../../store/job-store.js";
import type { StoreState } from "../../store/watch-store.js";
import type { JobLine } from "../job-line.js";
import { linesOfBatch } from "./news-of-batch.js";
import type { NewsLines } from "./news-lines.js";

export type Told =
  | { readonly kind: "line"; readonly line: JobLine }
  | { readonly kind: "written"; readonly isWritten: boolean }
  /** Records that retention deleted, or that were damaged, before they could be read. */
  | { readonly kind: "missed"; readonly batches: number };

/** `states`: of the store, whenever it changes; it ends when they do. `from`: the first record that is told of. */
export async function* followNews(
  reader: JobStoreReader,
  lines: NewsLines,
  { states, from }: { readonly states: AsyncIterable<StoreState>; readonly from: Lsn },
): AsyncIterable<Told> {
  let next = from;
  let wasWritten: boolean | undefined;
  for await (const { isWritten } of states) {
    if (isWritten !== wasWritten) yield { kind: "written", isWritten };
    wasWritten = isWritten;
    for await (const batch of reader.batches(next)) {
      if (batch.lsn > next) yield { kind: "missed", batches: batch.lsn - next };
      next = batch.lsn + 1;
      // Taken when the batch is there, so that it knows of it.
      const snapshot = lines.snapshot();
      try {
        for await (const line of linesOfBatch(snapshot, batch, lines)) yield { kind: "line", line };
      } finally {
        await snapshot.close();
      }
    }
  }
}
