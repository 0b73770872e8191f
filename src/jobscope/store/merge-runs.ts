/**
 * Merges the runs of one segment into one, without making a row of any of them: rows are moved as bytes and their
 * texts follow into the new heap.
 */
import { createRunHeap } from "./run-heap.js";
import {
  assembleRun,
  RECORD_ENTRY_BYTES,
  ROW_BYTES,
  RUN_HEADER_BYTES,
  type RunHeader,
  TRACE_ENTRY_BYTES,
} from "./index-run.js";

/** A run in memory, header included. */
export interface RunBytes {
  readonly header: RunHeader;
  readonly bytes: Buffer;
}

/** `runs`: at least one, ascending by lsn. `storeId`: 16 bytes. */
export function mergeRuns(runs: readonly RunBytes[], storeId: Buffer): Buffer {
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("cannot merge no runs");
  const base = first.header.firstLsn;
  const heap = createRunHeap();
  const records: Buffer[] = [];
  const rows: Buffer[] = [];
  const traces: Buffer[] = [];
  for (const run of runs) {
    const parts = partsOf(run);
    const shift = run.header.firstLsn - base;
    for (const entry of slices(parts.records, RECORD_ENTRY_BYTES))
      records.push(shifted(entry, 0, shift));
    for (const entry of slices(parts.traces, TRACE_ENTRY_BYTES))
      traces.push(shifted(entry, 16, shift));
    for (const row of slices(parts.rows, ROW_BYTES)) {
      const moved = shifted(row, 56, shift);
      moved.writeUInt32LE(
        heap.place("text", textAt(parts.heap, row.readUInt32LE(8), row.readUInt8(12))),
        8,
      );
      moved.writeUInt32LE(heap.place("facts", factsAt(parts.heap, row.readUInt32LE(60))), 60);
      moved.writeUInt32LE(
        heap.place("text", textAt(parts.heap, row.readUInt32LE(64), row.readUInt8(15))),
        64,
      );
      rows.push(moved);
    }
  }
  const heapBytes = heap.bytes();
  const idOf = (row: Buffer): Buffer => {
    const offset = row.readUInt32LE(8);
    return heapBytes.subarray(offset, offset + row.readUInt8(12));
  };
  rows.sort(
    (a, b) =>
      a.compare(b, 0, 8, 0, 8) ||
      Buffer.compare(idOf(a), idOf(b)) ||
      a.readUInt32LE(56) - b.readUInt32LE(56),
  );
  traces.sort((a, b) => a.compare(b, 0, 16, 0, 16) || a.readUInt32LE(16) - b.readUInt32LE(16));
  return assembleRun(
    {
      firstLsn: base,
      endLsn: last.header.endLsn,
      logEnd: last.header.logEnd,
      recordCount: records.length,
      rowCount: rows.length,
      traceCount: traces.length,
      spanCount: runs.reduce((sum, { header }) => sum + header.spanCount, 0),
      oldest: first.header.oldest,
      newest: last.header.newest,
    },
    [Buffer.concat(records), Buffer.concat(rows), Buffer.concat(traces), heapBytes],
    storeId,
  );
}

function partsOf({
  header,
  bytes,
}: RunBytes): Readonly<Record<"records" | "rows" | "traces" | "heap", Buffer>> {
  const rowsAt = RUN_HEADER_BYTES + header.recordCount * RECORD_ENTRY_BYTES;
  const tracesAt = rowsAt + header.rowCount * ROW_BYTES;
  const heapAt = tracesAt + header.traceCount * TRACE_ENTRY_BYTES;
  return {
    records: bytes.subarray(RUN_HEADER_BYTES, rowsAt),
    rows: bytes.subarray(rowsAt, tracesAt),
    traces: bytes.subarray(tracesAt, heapAt),
    heap: bytes.subarray(heapAt, heapAt + header.heapLength),
  };
}

function* slices(bytes: Buffer, length: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** A copy whose lsn, a u32 at `at`, counts from the merged run's first. */
function shifted(entry: Buffer, at: number, shift: number): Buffer {
  const copy = Buffer.from(entry);
  copy.writeUInt32LE(entry.readUInt32LE(at) + shift, at);
  return copy;
}

/** The three texts of the facts at `offset`, with their lengths. */
function factsAt(heap: Buffer, offset: number): Buffer {
  let end = offset;
  for (let i = 0; i < 3; i++) end += 2 + heap.readUInt16LE(end);
  return heap.subarray(offset, end);
}

function textAt(heap: Buffer, offset: number, length: number): Buffer {
  return heap.subarray(offset, offset + length);
}
