/** A reader that keeps the batches it inflated last: jobs of one time lie in the same batches. */
import type { JobStoreReader, Lsn, StoredBatch } from "./job-store.js";

/** Inflated bytes: a hundred batches of an SDK's usual size. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

/** `reader` stays its owner's to close. `bytesMax`: of inflated bodies. */
export function keepBatches(reader: JobStoreReader, bytesMax = KEPT_BYTES_MAX): JobStoreReader {
  /** In order of last use: a Map keeps the order in which keys were set. */
  const kept = new Map<Lsn, StoredBatch>();
  let bytes = 0;

  function keep(batch: StoredBatch, raw: Uint8Array): void {
    kept.set(batch.lsn, { ...batch, raw: () => raw });
    bytes += raw.length;
    for (const [lsn, oldest] of kept) {
      if (bytes <= bytesMax) return;
      kept.delete(lsn);
      bytes -= oldest.raw().length;
    }
  }

  return {
    ...reader,
    async read(lsn) {
      const known = kept.get(lsn);
      if (known !== undefined) {
        kept.delete(lsn);
        kept.set(lsn, known);
        return known;
      }
      const batch = await reader.read(lsn);
      if (batch === undefined) return undefined;
      const raw = batch.raw();
      keep(batch, raw);
      return kept.get(lsn) ?? { ...batch, raw: () => raw };
    },
  };
}
