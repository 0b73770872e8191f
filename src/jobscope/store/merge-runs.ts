/**
 * Merges the runs of one segment into one, without making a row of any of them: rows are moved as bytes and their
 * texts follow into the new heap.
 */
import { createRunHeap, type RunHeap } from "./run-heap.js";
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
  const parts = runs.map(partsOf);
  const heap = createRunHeap();

  const records = Buffer.concat(parts.map((part) => part.records));
  const rows = Buffer.concat(parts.map((part) => part.rows));
  const traces = Buffer.concat(parts.map((part) => part.traces));
  let recordAt = 0;
  let rowAt = 0;
  let traceAt = 0;
  for (const [at, { header }] of runs.entries()) {
    const shift = header.firstLsn - base;
    recordAt = shiftLsns(records, recordAt, header.recordCount, RECORD_ENTRY_BYTES, 0, shift);
    traceAt = shiftLsns(traces, traceAt, header.traceCount, TRACE_ENTRY_BYTES, 16, shift);
    moveTexts(rows, rowAt, header.rowCount, parts[at]?.heap ?? Buffer.alloc(0), heap);
    rowAt = shiftLsns(rows, rowAt, header.rowCount, ROW_BYTES, 56, shift);
  }
  const heapBytes = heap.bytes();
  return assembleRun(
    {
      firstLsn: base,
      endLsn: last.header.endLsn,
      logEnd: last.header.logEnd,
      recordCount: records.length / RECORD_ENTRY_BYTES,
      rowCount: rows.length / ROW_BYTES,
      traceCount: traces.length / TRACE_ENTRY_BYTES,
      spanCount: runs.reduce((sum, { header }) => sum + header.spanCount, 0),
      oldest: first.header.oldest,
      newest: last.header.newest,
    },
    [records, sortRows(rows, heapBytes), sortTraces(traces), heapBytes],
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

/** Makes the lsns of `count` entries, a u32 at `field` in each, count from the merged run's first. Returns their end. */
function shiftLsns(
  entries: Buffer,
  begin: number,
  count: number,
  entryBytes: number,
  field: number,
  shift: number,
): number {
  const end = begin + count * entryBytes;
  for (let at = begin + field; at < end; at += entryBytes) {
    entries.writeUInt32LE(entries.readUInt32LE(at) + shift, at);
  }
  return end;
}

/** Brings the texts of one run's rows into the merged heap and makes the rows point there. */
function moveTexts(rows: Buffer, begin: number, count: number, from: Buffer, heap: RunHeap): void {
  const moved = new Map<number, number>();
  /** Rows of one job and of one class share their texts, so most are moved already. */
  const move = (offset: number, length: number, kind: "text" | "facts"): number => {
    const known = moved.get(offset);
    if (known !== undefined) return known;
    const bytes = kind === "facts" ? factsAt(from, offset) : from.subarray(offset, offset + length);
    const place = heap.place(kind, bytes);
    moved.set(offset, place);
    return place;
  };
  for (let at = begin; at < begin + count * ROW_BYTES; at += ROW_BYTES) {
    rows.writeUInt32LE(move(rows.readUInt32LE(at + 8), rows.readUInt8(at + 12), "text"), at + 8);
    rows.writeUInt32LE(move(rows.readUInt32LE(at + 60), 0, "facts"), at + 60);
    const otherLength = rows.readUInt8(at + 15);
    const other = otherLength === 0 ? 0 : move(rows.readUInt32LE(at + 64), otherLength, "text");
    rows.writeUInt32LE(other, at + 64);
  }
}

/** By job id as bytes, then lsn. The first 8 bytes tell nearly always; the heap is read for the rest. */
function sortRows(rows: Buffer, heap: Buffer): Buffer {
  const count = rows.length / ROW_BYTES;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    high[i] = rows.readUInt32BE(i * ROW_BYTES);
    low[i] = rows.readUInt32BE(i * ROW_BYTES + 4);
  }
  const compareIds = (a: number, b: number): number => {
    const from = rows.readUInt32LE(a * ROW_BYTES + 8);
    const other = rows.readUInt32LE(b * ROW_BYTES + 8);
    if (from === other) return 0;
    const end = from + rows.readUInt8(a * ROW_BYTES + 12);
    return heap.compare(heap, other, other + rows.readUInt8(b * ROW_BYTES + 12), from, end);
  };
  return permute(rows, ROW_BYTES, (a, b) => {
    const order = (high[a] ?? 0) - (high[b] ?? 0) || (low[a] ?? 0) - (low[b] ?? 0);
    if (order !== 0) return order;
    return (
      compareIds(a, b) ||
      rows.readUInt32LE(a * ROW_BYTES + 56) - rows.readUInt32LE(b * ROW_BYTES + 56)
    );
  });
}

/** By trace id, then lsn. */
function sortTraces(traces: Buffer): Buffer {
  const count = traces.length / TRACE_ENTRY_BYTES;
  const high = new Uint32Array(count);
  for (let i = 0; i < count; i++) high[i] = traces.readUInt32BE(i * TRACE_ENTRY_BYTES);
  return permute(traces, TRACE_ENTRY_BYTES, (a, b) => {
    const order = (high[a] ?? 0) - (high[b] ?? 0);
    if (order !== 0) return order;
    const from = a * TRACE_ENTRY_BYTES;
    const other = b * TRACE_ENTRY_BYTES;
    return (
      traces.compare(traces, other, other + 16, from, from + 16) ||
      traces.readUInt32LE(from + 16) - traces.readUInt32LE(other + 16)
    );
  });
}

/** The entries in the order of `compare`, which is given their indexes: no entry becomes an object of its own. */
function permute(
  entries: Buffer,
  entryBytes: number,
  compare: (a: number, b: number) => number,
): Buffer {
  const order = Uint32Array.from({ length: entries.length / entryBytes }, (_, i) => i).sort(
    compare,
  );
  const sorted = Buffer.allocUnsafe(entries.length);
  for (let to = 0; to < order.length; to++) {
    const from = (order[to] ?? 0) * entryBytes;
    entries.copy(sorted, to * entryBytes, from, from + entryBytes);
  }
  return sorted;
}

/** The three texts of the facts at `offset`, with their lengths. */
function factsAt(heap: Buffer, offset: number): Buffer {
  let end = offset;
  for (let i = 0; i < 3; i++) end += 2 + heap.readUInt16LE(end);
  return heap.subarray(offset, end);
}
