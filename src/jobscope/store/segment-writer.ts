/**
 * The open segment and what follows it: where records go, when the next segment begins, and the live index beside it.
 * Knows nothing of who waits for what; file-store-writer.ts does.
 */
import type { UnixNano } from "../model/time.js";
import type { CommitGroup } from "./commit-group.js";
import type { Lsn } from "./job-store.js";
import { type LiveIndex, openLiveIndex } from "./live-index.js";
import { createLogFile, type LogFile, reopenLogFile } from "./log-file.js";
import type { Recovered } from "./recovery.js";
import type { Sealer } from "./sealer.js";
import type { StoreFolder } from "./store-folder.js";

export interface SegmentLimits {
  readonly bytesMax: number;
  /** Of spans and log records. */
  readonly spansMax: number;
  /** Nanoseconds. */
  readonly ageMax: bigint;
}

export interface SegmentWriter {
  /** Writes the records after what is there; they are durable after `sync`. Returns the first one's lsn. Lsns are used up only on success. */
  write(group: CommitGroup): Promise<Lsn>;
  sync(): Promise<void>;
  /** Tells readers where the records are; a reader that comes earlier finds them in the log. */
  index(group: CommitGroup): void;
  isFull(): boolean;
  /** Closes the segment, has it sealed and begins the next. */
  roll(): Promise<void>;
  close(): Promise<void>;
}

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
  let itemCount = active?.itemCount ?? 0;
  const openIndex = (firstLsn: Lsn, bytes: number): LiveIndex =>
    openLiveIndex(folder, firstLsn, bytes, () => sealer.addPart(firstLsn));
  let liveIndex = openIndex(file.firstLsn, active?.indexBytes ?? 0);

  return {
    async write(group) {
      const firstLsn = nextLsn;
      group.number(firstLsn, file.size(), folder.storeId);
      await file.write(group.records());
      nextLsn += group.count();
      itemCount += group.itemCount();
      return firstLsn;
    },
    sync: () => file.sync(),
    index: (group) => liveIndex.append(group.runs()),
    isFull: () =>
      // The next segment would have the name of one without records, and sealing would replace the file being written.
      nextLsn > file.firstLsn &&
      (file.size() >= limits.bytesMax ||
        itemCount >= limits.spansMax ||
        now() - file.createdAt >= limits.ageMax),
    async roll() {
      file.assertInPlace();
      const next = createLogFile(folder, nextLsn, now());
      // Whatever fails until here leaves the writer as it was, and the next commit tries again.
      const nextIndex = await openedWith(next, () => openIndex(next.firstLsn, 0));
      const [closed, closedIndex] = [file, liveIndex];
      file = next;
      liveIndex = nextIndex;
      itemCount = 0;
      closedIndex.close();
      sealer.seal(closed.firstLsn);
      await closed.close();
    },
    async close() {
      await file.close();
      liveIndex.close();
    },
  };
}

/** `open`'s result; the file is closed again when it throws. */
async function openedWith(file: LogFile, open: () => LiveIndex): Promise<LiveIndex> {
  try {
    return open();
  } catch (error) {
    await file.close();
    throw error;
  }
}
