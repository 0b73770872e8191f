/**
 * The index of the open segment, brought into order as it grows: sealed runs one after another in a file, each made of the
 * live runs since the one before. A reader then looks at the few live runs behind the last part, not at a segment's.
 *
 * The file is only ever a quicker way to what the live index says: it is never synced, may be missing or behind, and
 * goes when the segment is sealed or opened again by a writer.
 */
import { closeSync, existsSync, fstatSync, writeSync } from "node:fs";
import type { Lsn } from "./job-store.js";
import { bytesOf, type LogPlace, readLiveRunsFrom, segmentBegin } from "./live-runs.js";
import { pageTableBytes } from "./page-table.js";
import { CREATE, openFile } from "./open-file.js";
import { readFrom, readOpen } from "./read-file.js";
import { readRunHeader, RUN_HEADER_BYTES, type RunHeader, sectionsOf } from "./run-layout.js";
import { sealRuns } from "./seal-runs.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import { indexPartsFile, logFile, type StoreFolder } from "./store-folder.js";

/** One sealed run of the file. */
export interface IndexPart {
  readonly header: RunHeader;
  /** Where it begins in the file. Bytes. */
  readonly at: number;
}

/** Where parts end: in the log, and in the live index that they were made of. */
export interface PartsEnd extends LogPlace {
  /** Bytes of the live index. */
  readonly liveEnd: number;
}

/** The parts that stand whole at the beginning of an open file, each continuing where the one before ended. */
export function listParts(
  fd: number,
  { storeId }: StoreFolder,
  log: SegmentHeader,
): readonly IndexPart[] {
  const size = fstatSync(fd).size;
  const parts: IndexPart[] = [];
  let at = 0;
  let { lsn, offset, liveEnd } = partsEnd(parts, log.firstLsn);
  for (;;) {
    const header = readRunHeader(readOpen(fd, at, RUN_HEADER_BYTES), storeId);
    if (header?.kind !== "sealed" || header.generation !== log.generation) return parts;
    if (header.firstLsn < lsn || header.logEnd <= offset || header.liveEnd <= liveEnd) return parts;
    if (at + header.length > size || header.length !== lengthOf(header)) return parts;
    parts.push({ header, at });
    at += header.length;
    ({ endLsn: lsn, logEnd: offset, liveEnd } = header);
  }
}

function lengthOf(header: RunHeader): number {
  const { end } = sectionsOf(header);
  return end + pageTableBytes(end - RUN_HEADER_BYTES);
}

export function partsEnd(parts: readonly IndexPart[], firstLsn: Lsn): PartsEnd {
  const last = parts.at(-1)?.header;
  return last === undefined
    ? { ...segmentBegin(firstLsn), liveEnd: 0 }
    : { lsn: last.endLsn, offset: last.logEnd, liveEnd: last.liveEnd };
}

/** Makes the next part of what the live index holds behind the last one. Only one at a time may do this for a segment. */
export function appendPart(folder: StoreFolder, firstLsn: Lsn): void {
  const log = logFile(folder.path, firstLsn);
  if (!existsSync(log)) return;
  const read = readSegmentHeader(readFrom(log, 0, SEGMENT_HEADER_BYTES));
  if (read.kind !== "header") return;
  const fd = openFile(indexPartsFile(folder.path, firstLsn), CREATE);
  try {
    const parts = listParts(fd, folder, read.header);
    const end = partsEnd(parts, firstLsn);
    const runs = readLiveRunsFrom(folder, read.header, end);
    if (runs.length === 0) return;
    const part = sealRuns(runs, folder.storeId, { liveEnd: end.liveEnd + bytesOf(runs) });
    const at = parts.reduce((sum, { header }) => sum + header.length, 0);
    for (let done = 0; done < part.length; )
      done += writeSync(fd, part, done, part.length - done, at + done);
  } finally {
    closeSync(fd);
  }
}
