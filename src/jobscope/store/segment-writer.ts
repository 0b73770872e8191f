/**
 * The open segment and what follows it: where records go, when the next segment begins, and the live index beside it.
 * Knows nothing of who waits for what; file-store-writer.ts does.
 */
import type { UnixNano } from "../model/time.js";
import type { IndexedRecord } from "./index-run.js";
import type { IncomingBatch, Lsn } from "./job-store.js";
import { openLiveIndex } from "./live-index.js";
import { createLogFile, type LogFile, reopenLogFile } from "./log-file.js";
import { align, encodeRecordHeader, RECORD_ALIGNMENT, RECORD_HEADER_BYTES } from "./record.js";
import type { Recovered } from "./recovery.js";
import type { Sealer } from "./sealer.js";
import type { StoreFolder } from "./store-folder.js";

export interface SegmentLimits {
  readonly bytesMax: number;
  readonly spansMax: number;
  /** Nanoseconds. */
  readonly ageMax: bigint;
}

export interface SegmentWriter {
  /** Writes the batches after what is there; they are durable after `sync`. Lsns are used up only on success. */
  write(batches: readonly IncomingBatch[]): Promise<readonly IndexedRecord[]>;
  sync(): Promise<void>;
  /** Tells readers where these records are; a reader that comes earlier finds them in the log. */
  index(records: readonly IndexedRecord[]): void;
  isFull(): boolean;
  /** Closes the segment, has it sealed and begins the next. */
  roll(): Promise<void>;
  close(): Promise<void>;
}

const PADDING = Buffer.alloc(RECORD_ALIGNMENT);

export function openSegmentWriter(
  folder: StoreFolder,
  recovered: Recovered,
  sealer: Sealer,
  limits: SegmentLimits,
  now: () => UnixNano,
): SegmentWriter {
  const { active } = recovered;
  let nextLsn = recovered.nextLsn;
  let file: LogFile =
    active === undefined
      ? createLogFile(folder, nextLsn, now())
      : reopenLogFile(folder, active.header, active.end);
  let spanCount = active?.spanCount ?? 0;
  let liveIndex = openLiveIndex(folder, file.firstLsn, active?.runs ?? []);

  return {
    async write(batches) {
      const { records, buffers } = layOut(batches, nextLsn, file.size());
      await file.write(buffers);
      nextLsn += batches.length;
      for (const record of records) spanCount += record.spanCount;
      return records;
    },
    sync: () => file.sync(),
    index: (records) => liveIndex.append(records),
    isFull: () =>
      file.size() >= limits.bytesMax ||
      spanCount >= limits.spansMax ||
      now() - file.createdAt >= limits.ageMax,
    async roll() {
      const next = createLogFile(folder, nextLsn, now());
      await file.close();
      liveIndex.close();
      sealer.seal(file.firstLsn);
      file = next;
      liveIndex = openLiveIndex(folder, file.firstLsn, []);
      spanCount = 0;
    },
    async close() {
      await file.close();
      liveIndex.close();
    },
  };
}

/** The batches' bytes, and where each record will stand. */
function layOut(
  batches: readonly IncomingBatch[],
  firstLsn: Lsn,
  begin: number,
): { readonly records: readonly IndexedRecord[]; readonly buffers: readonly Uint8Array[] } {
  const records: IndexedRecord[] = [];
  const buffers: Uint8Array[] = [];
  let offset = begin;
  for (const [i, batch] of batches.entries()) {
    const lsn = firstLsn + i;
    const bytes = RECORD_HEADER_BYTES + batch.body.length;
    buffers.push(encodeRecordHeader({ lsn, ...batch }, batch.body), batch.body);
    if (align(bytes) > bytes) buffers.push(PADDING.subarray(0, align(bytes) - bytes));
    const end = offset + align(bytes);
    records.push({
      lsn,
      offset,
      end,
      receivedAt: batch.receivedAt,
      spanCount: batch.spanCount,
      index: batch.index,
    });
    offset = end;
  }
  return { records, buffers };
}
