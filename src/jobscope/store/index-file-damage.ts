/**
 * Whether the bytes of a segment's index files are what was written. Readers look at the pages they need and, where those
 * do not match, into the log; here every byte is looked at.
 */
import { closeSync, existsSync, fstatSync, statSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Damage, Lsn } from "./job-store.js";
import { bytesOf, readLiveRuns } from "./live-runs.js";
import { openIfThere, readFrom, readOpen } from "./read-file.js";
import { isOlderRun, readRunHeader, RUN_HEADER_BYTES, sectionsOf } from "./run-layout.js";
import { createPageCache, IndexDamagedError, readSealedFile } from "./sealed-file.js";
import { readSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment.js";
import { liveIndexFile, logFile, sealedIndexFile, type StoreFolder } from "./store-folder.js";

/** undefined: there is no sealed index, or nothing is wrong with it. */
export function sealedIndexDamage(folder: StoreFolder, firstLsn: Lsn): Damage | undefined {
  const file = sealedIndexFile(folder.path, firstLsn);
  const fd = openIfThere(file);
  if (fd === undefined) return undefined;
  try {
    const head = readOpen(fd, 0, RUN_HEADER_BYTES);
    if (isOlderRun(head)) return undefined;
    const header = readRunHeader(head, folder.storeId);
    if (header?.kind !== "sealed") return wholeFile(file, "its header does not match");
    if (header.length !== fstatSync(fd).size) return wholeFile(file, "its length does not match");
    const place = { file, fd, segment: firstLsn, at: 0, header };
    const bytesAt = readSealedFile(place, createPageCache());
    bytesAt(RUN_HEADER_BYTES, sectionsOf(header).end - RUN_HEADER_BYTES);
    return undefined;
  } catch (error) {
    if (!(error instanceof IndexDamagedError)) throw error;
    const { offset, length } = error;
    return { file, offset, length, reason: "the checksum does not match" };
  } finally {
    closeSync(fd);
  }
}

/**
 * undefined: there is no live index of this log, or nothing is wrong with it. What ends inside a run, or in zeros, was not
 * written to its end: a writer is at it, or goes on from there at its next start.
 */
export function liveIndexDamage(folder: StoreFolder, firstLsn: Lsn): Damage | undefined {
  const file = liveIndexFile(folder.path, firstLsn);
  try {
    const log = readSegmentHeader(
      readFrom(logFile(folder.path, firstLsn), 0, SEGMENT_HEADER_BYTES),
    );
    if (log.kind !== "header" || !existsSync(file)) return undefined;
    const offset = bytesOf(readLiveRuns(folder, log.header));
    const rest = readFrom(file, offset);
    if (isUnfinished(rest, folder, log.header.generation)) return undefined;
    return { file, offset, length: rest.length, reason: "the checksum does not match" };
  } catch (error) {
    // Sealed, or deleted, a moment ago.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** `rest`: of a live index, behind the runs that are whole. */
function isUnfinished(rest: Buffer, { storeId }: StoreFolder, generation: number): boolean {
  if (rest.length < RUN_HEADER_BYTES || rest.every((byte) => byte === 0)) return true;
  const header = readRunHeader(rest, storeId);
  if (header === undefined) return isOlderRun(rest);
  // Of a log that was compressed meanwhile, or written a moment after the runs before it were read.
  if (header.generation !== generation || header.length > rest.length) return true;
  return crc32(rest.subarray(RUN_HEADER_BYTES, header.length)) === header.crc;
}

export function wholeFile(file: string, reason: string): Damage {
  const length = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { file, offset: 0, length, reason };
}
