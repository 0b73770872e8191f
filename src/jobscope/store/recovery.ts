/**
 * What the writer does when it opens a store: finds where the log ends, cuts off what was being written when the
 * process died, and brings the live index up to date. Only the newest segment is looked into, and of that only what
 * its index does not cover, so the time does not grow with the store.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import type { Damage, IndexBatch, Lsn } from "./job-store.js";
import type { RunBytes } from "./merge-runs.js";
import { SEGMENT_HEADER_BYTES, type SegmentHeader } from "./segment.js";
import {
  coverage,
  readFrom,
  readHeaderOf,
  readLiveRuns,
  runsOver,
  walkLog,
} from "./segment-index.js";
import { StoreError } from "./store-error.js";
import {
  FILE_MODE,
  listSegments,
  liveIndexFile,
  logFile,
  sealedIndexFile,
  type StoreFolder,
  tornFile,
} from "./store-folder.js";

export interface RecoveryReport {
  /** Bytes cut off the end of the log and kept in a `.torn` file; 0 after a clean stop. */
  readonly tornBytes: number;
  readonly damage: readonly Damage[];
}

export interface Recovered {
  /** The segment to go on with; undefined: begin one. */
  readonly active: ActiveSegment | undefined;
  readonly nextLsn: Lsn;
  /** Closed segments whose index was not sealed yet. */
  readonly unsealed: readonly Lsn[];
  readonly report: RecoveryReport;
}

export interface ActiveSegment {
  readonly header: SegmentHeader;
  /** Where its last whole record ends, in bytes. */
  readonly end: number;
  readonly spanCount: number;
  /** Its live index, which covers all its records. */
  readonly runs: readonly RunBytes[];
}

/** @throws StoreError for a file that is not of this store; it is left as it is. */
export function recoverStore(folder: StoreFolder, indexBatch: IndexBatch): Recovered {
  const segments = listSegments(folder.path);
  const newest = segments.at(-1);
  const closed = segments.slice(0, -1);
  const unsealed = closed.filter((firstLsn) => !existsSync(sealedIndexFile(folder.path, firstLsn)));
  if (newest === undefined)
    return { active: undefined, nextLsn: 0, unsealed, report: { tornBytes: 0, damage: [] } };

  const file = logFile(folder.path, newest);
  const read = readHeaderOf(file);
  if (read.kind === "foreign")
    throw new StoreError("unreadable", `cannot use ${file}: ${read.reason}; move it away`);
  // Created and never written: nothing in it was acknowledged, so it is begun again under its name.
  if (read.kind === "empty")
    return { active: undefined, nextLsn: newest, unsealed, report: { tornBytes: 0, damage: [] } };
  if (!read.header.storeId.equals(folder.storeId)) {
    throw new StoreError(
      "unreadable",
      `cannot use ${file}: it belongs to another store; move it away`,
    );
  }
  return { ...recoverSegment(folder, read.header, indexBatch), unsealed };
}

function recoverSegment(
  folder: StoreFolder,
  header: SegmentHeader,
  indexBatch: IndexBatch,
): Omit<Recovered, "unsealed"> {
  const file = logFile(folder.path, header.firstLsn);
  const size = statSync(file).size;
  const live = trustedRuns(readLiveRuns(folder, header.firstLsn), size);
  const covered = coverage(live, header.firstLsn);
  const walk = walkLog(file, covered.offset, covered.lsn);
  const end = Math.max(walk.end, SEGMENT_HEADER_BYTES);
  const tornBytes = Math.max(0, size - end);
  if (tornBytes > 0) cutTail(folder, header.firstLsn, end);

  const added = runsOver(walk.records, indexBatch, folder);
  repairLiveIndex(folder, header.firstLsn, live, added);
  const runs = [...live, ...added];
  return {
    active: {
      header,
      end,
      spanCount: runs.reduce((sum, run) => sum + run.header.spanCount, 0),
      runs,
    },
    nextLsn: coverage(runs, header.firstLsn).lsn,
    report: { tornBytes, damage: walk.damage.map((stretch) => ({ file, ...stretch })) },
  };
}

/** A run is written after the records it covers are durable; one that covers more than the log holds is not of this log. */
function trustedRuns(runs: readonly RunBytes[], logSize: number): readonly RunBytes[] {
  const first = runs.findIndex(({ header }) => header.logEnd > logSize);
  return first === -1 ? runs : runs.slice(0, first);
}

/** Keeps what is cut: it is what was being written when the process died, and somebody may want to look. */
function cutTail(folder: StoreFolder, firstLsn: Lsn, end: number): void {
  const file = logFile(folder.path, firstLsn);
  const fd = openSync(file, "r+");
  try {
    writeFileSync(tornFile(folder.path, firstLsn), readFrom(file, end), { mode: FILE_MODE });
    ftruncateSync(fd, end);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function repairLiveIndex(
  folder: StoreFolder,
  firstLsn: Lsn,
  live: readonly RunBytes[],
  added: readonly RunBytes[],
): void {
  const file = liveIndexFile(folder.path, firstLsn);
  const length = live.reduce((sum, run) => sum + run.bytes.length, 0);
  if (existsSync(file) && statSync(file).size > length) truncateSync(file, length);
  for (const run of added) appendFileSync(file, run.bytes, { mode: FILE_MODE });
}
