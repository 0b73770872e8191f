/**
 * Searches the live runs of the open segment, by looking at every row: they are few enough that this takes about a
 * millisecond. What needs an order (a prefix, the newest jobs) is asked of a sealed run made of them in memory.
 */
import type { SegmentIndex } from "./segment-index.js";
import { decodeRow, readFacts } from "./batch-index.js";
import type { FoundRow, Lsn } from "./job-store.js";
import {
  HOLDS_LOGS,
  KEY_BYTES,
  readRunHeader,
  ROW,
  ROW_BYTES,
  type RunBytes,
  RUN_HEADER_BYTES,
  type RunSections,
  sectionsOf,
  TRACE_BYTES,
  TRACE_ID_BYTES,
} from "./run-layout.js";
import { sealRuns } from "./seal-runs.js";
import { createSealedRunReader } from "./sealed-run-reader.js";

/** Looking at every row a few times costs less than bringing them into order; a command asks a few times. */
const LOOKS_MAX = 16;

interface LiveRun extends RunBytes {
  readonly sections: RunSections;
}

/** `given`: each over one record, ascending by lsn. */
export function createLiveRunsReader(given: readonly RunBytes[], storeId: Buffer): SegmentIndex {
  const runs = given.map((run) => ({ ...run, sections: sectionsOf(run.header) }));
  const isEmpty = runs.length === 0;
  const hasLogs = runs.some(({ header }) => header.logCount > 0);
  let looks = 0;
  let inOrder: SegmentIndex | undefined;
  const ordered = (): SegmentIndex => {
    inOrder ??= inMemory(sealRuns(runs, storeId), storeId);
    return inOrder;
  };
  /** undefined: looking is still cheaper. */
  const orderedSoon = (): SegmentIndex | undefined =>
    inOrder ?? (++looks > LOOKS_MAX && !isEmpty ? ordered() : undefined);
  return {
    rowsOf: (jobId) => orderedSoon()?.rowsOf(jobId) ?? rowsOf(runs, Buffer.from(jobId)),
    lsnsOf: (traceId) =>
      orderedSoon()?.lsnsOf(traceId) ?? lsnsOf(runs, Buffer.from(traceId, "hex"), 0),
    logLsnsOf: (traceId) =>
      hasLogs
        ? (orderedSoon()?.logLsnsOf(traceId) ??
          lsnsOf(runs, Buffer.from(traceId, "hex"), HOLDS_LOGS))
        : [],
    jobIds: (prefix, limit) => (isEmpty ? [] : ordered().jobIds(prefix, limit)),
    traceIds: (prefix, limit) => (isEmpty ? [] : ordered().traceIds(prefix, limit)),
    jobs: (query) => (isEmpty ? [] : ordered().jobs(query)),
    offsetOf: (lsn) => offsetOf(runs, lsn),
  };
}

function inMemory(bytes: Buffer, storeId: Buffer): SegmentIndex {
  const header = readRunHeader(bytes, storeId);
  if (header === undefined) throw new Error("cannot read a run that was just made");
  return createSealedRunReader(header, (offset, length) => bytes.subarray(offset, offset + length));
}

function rowsOf(runs: readonly LiveRun[], id: Buffer): readonly FoundRow[] {
  const key = Buffer.alloc(KEY_BYTES);
  id.copy(key, 0, 0, KEY_BYTES);
  const low = key.readUInt32LE(0);
  const high = key.readUInt32LE(4);
  const found: FoundRow[] = [];
  for (const { header, bytes, sections } of runs) {
    const { rows, traces, texts, facts } = sections;
    for (let at = rows; at < traces; at += ROW_BYTES) {
      if (bytes.readUInt32LE(at) !== low || bytes.readUInt32LE(at + 4) !== high) continue;
      const text = texts + bytes.readUInt32LE(at + ROW.text);
      const idEnd = text + bytes.readUInt8(at + ROW.idLength);
      if (id.compare(bytes, text, idEnd) !== 0) continue;
      const row = bytes.subarray(at, at + ROW_BYTES);
      const ownFacts = readFacts(bytes, facts + row.readUInt32LE(ROW.facts));
      found.push({ ...decodeRow(row, bytes.subarray(text), ownFacts), lsn: header.firstLsn });
    }
  }
  return found;
}

/** `record`: of a trace in a run over one record: 0, or {@link HOLDS_LOGS}. */
function lsnsOf(runs: readonly LiveRun[], id: Buffer, record: number): readonly Lsn[] {
  const head = id.readUInt32LE(0);
  const lsns: Lsn[] = [];
  for (const { header, bytes, sections } of runs) {
    const { traces, texts } = sections;
    for (let at = traces; at < texts; at += TRACE_BYTES) {
      if (bytes.readUInt32LE(at) !== head || id.compare(bytes, at, at + TRACE_ID_BYTES) !== 0)
        continue;
      if (bytes.readUInt32LE(at + TRACE_ID_BYTES) !== record) continue;
      lsns.push(header.firstLsn);
      break;
    }
  }
  return lsns;
}

/** Runs are in order of their records, one each. */
function offsetOf(runs: readonly RunBytes[], lsn: Lsn): number | undefined {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.header.firstLsn ?? 0) < lsn) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  if (run === undefined || run.header.firstLsn !== lsn) return undefined;
  return run.bytes.readUInt32LE(RUN_HEADER_BYTES + 4) * 8;
}
