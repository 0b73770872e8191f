/**
 * Searches one run of the index, in memory or in a file, reading a few rows at a time.
 *
 * A run in a file may be ten megabytes and a lookup needs a few hundred bytes of it, so everything goes through
 * `bytesAt`, and the search brings the place down to one read of neighbouring rows.
 */
import type { SpanId, TraceId } from "../model/ids.js";
import { unixNano } from "../model/time.js";
import {
  KEY_BYTES,
  RECORD_ENTRY_BYTES,
  ROLES,
  ROW_BYTES,
  RUN_HEADER_BYTES,
  type RunHeader,
  STATUSES,
  TRACE_ENTRY_BYTES,
} from "./index-run.js";
import type { FoundRow, Lsn } from "./job-store.js";

/** `offset`: bytes from the start of the run. */
export type BytesAt = (offset: number, length: number) => Buffer;

export interface RunReader {
  readonly header: RunHeader;
  /** Rows whose job id is exactly this, by lsn. */
  rowsOf(jobId: string): readonly FoundRow[];
  /** Distinct job ids with this prefix, in byte order. */
  jobIds(prefix: string, limit: number): readonly string[];
  lsnsOf(traceId: TraceId): readonly Lsn[];
  traceIds(prefix: string, limit: number): readonly TraceId[];
  /** All rows, in order of job id. */
  rows(): readonly FoundRow[];
  /** Where the record stands in the log; undefined: not in this run. */
  offsetOf(lsn: Lsn): number | undefined;
}

export function createRunReader(header: RunHeader, bytesAt: BytesAt): RunReader {
  const rows = createRowTable(header, bytesAt);
  const traces = createTraceTable(header, bytesAt);
  const recordAt = (index: number): Buffer =>
    bytesAt(RUN_HEADER_BYTES + index * RECORD_ENTRY_BYTES, RECORD_ENTRY_BYTES);
  return {
    header,
    ...rows,
    ...traces,
    offsetOf(lsn) {
      const wanted = lsn - header.firstLsn;
      const index = lowerBound(header.recordCount, (at) => recordAt(at).readUInt32LE(0) - wanted);
      if (index === header.recordCount) return undefined;
      const found = recordAt(index);
      return found.readUInt32LE(0) === wanted ? found.readUInt32LE(4) * 8 : undefined;
    },
  };
}

function createRowTable(
  header: RunHeader,
  bytesAt: BytesAt,
): Pick<RunReader, "rowsOf" | "jobIds" | "rows"> {
  const rowsAt = RUN_HEADER_BYTES + header.recordCount * RECORD_ENTRY_BYTES;
  const heapAt = rowsAt + header.rowCount * ROW_BYTES + header.traceCount * TRACE_ENTRY_BYTES;
  const rowAt = (index: number): Buffer => bytesAt(rowsAt + index * ROW_BYTES, ROW_BYTES);
  const heap: BytesAt = (offset, length) => bytesAt(heapAt + offset, length);

  /** Index of the first row whose job id is not below `id`. */
  function lowerRow(id: Buffer): number {
    const key = Buffer.alloc(KEY_BYTES);
    id.copy(key, 0, 0, KEY_BYTES);
    return lowerBound(header.rowCount, (index) => {
      const row = rowAt(index);
      const order = Buffer.compare(row.subarray(0, KEY_BYTES), key);
      // The first bytes tell nearly always; the heap is read only for ids that share them.
      return order !== 0 ? order : Buffer.compare(jobIdBytes(row, heap), id);
    });
  }

  return {
    rowsOf(jobId) {
      const id = Buffer.from(jobId);
      const found: FoundRow[] = [];
      for (let index = lowerRow(id); index < header.rowCount; index++) {
        const row = rowAt(index);
        if (!jobIdBytes(row, heap).equals(id)) break;
        found.push(decodeRow(row, heap, header.firstLsn));
      }
      return found;
    },
    jobIds(prefix, limit) {
      const begin = Buffer.from(prefix);
      const ids: string[] = [];
      for (let index = lowerRow(begin); index < header.rowCount && ids.length < limit; index++) {
        const id = jobIdBytes(rowAt(index), heap);
        if (!id.subarray(0, begin.length).equals(begin)) break;
        const text = id.toString();
        if (ids.at(-1) !== text) ids.push(text);
      }
      return ids;
    },
    rows: () =>
      Array.from({ length: header.rowCount }, (_, index) =>
        decodeRow(rowAt(index), heap, header.firstLsn),
      ),
  };
}

function createTraceTable(
  header: RunHeader,
  bytesAt: BytesAt,
): Pick<RunReader, "lsnsOf" | "traceIds"> {
  const tracesAt =
    RUN_HEADER_BYTES + header.recordCount * RECORD_ENTRY_BYTES + header.rowCount * ROW_BYTES;
  const traceAt = (index: number): Buffer =>
    bytesAt(tracesAt + index * TRACE_ENTRY_BYTES, TRACE_ENTRY_BYTES);
  const lowerTrace = (id: Buffer): number =>
    lowerBound(header.traceCount, (index) => Buffer.compare(traceAt(index).subarray(0, 16), id));

  return {
    lsnsOf(traceId) {
      const id = Buffer.from(traceId, "hex");
      const lsns: Lsn[] = [];
      for (let index = lowerTrace(id); index < header.traceCount; index++) {
        const entry = traceAt(index);
        if (!entry.subarray(0, 16).equals(id)) break;
        lsns.push(header.firstLsn + entry.readUInt32LE(16));
      }
      return lsns;
    },
    traceIds(prefix, limit) {
      const ids: TraceId[] = [];
      const begin = Buffer.from(prefix.padEnd(32, "0"), "hex");
      for (
        let index = lowerTrace(begin);
        index < header.traceCount && ids.length < limit;
        index++
      ) {
        const id = traceAt(index).toString("hex", 0, 16) as TraceId;
        if (!id.startsWith(prefix)) break;
        if (ids.at(-1) !== id) ids.push(id);
      }
      return ids;
    },
  };
}

function jobIdBytes(row: Buffer, heap: BytesAt): Buffer {
  const length = row.readUInt8(12);
  return length <= KEY_BYTES ? row.subarray(0, length) : heap(row.readUInt32LE(8), length);
}

function decodeRow(row: Buffer, heap: BytesAt, firstLsn: Lsn): FoundRow {
  const facts = row.readUInt32LE(60);
  const [jobClass, queue, service] = readFacts((offset, length) => heap(facts + offset, length));
  return {
    jobId: jobIdBytes(row, heap).toString(),
    otherId: heap(row.readUInt32LE(64), row.readUInt8(15)).toString(),
    role: ROLES[row.readUInt8(13)] ?? "member",
    traceId: row.toString("hex", 16, 32) as TraceId,
    spanId: row.toString("hex", 32, 40) as SpanId,
    start: unixNano(row.readBigUInt64LE(40)),
    end: unixNano(row.readBigUInt64LE(48)),
    status: STATUSES[row.readUInt8(14)] ?? "unset",
    jobClass,
    queue,
    service,
    lsn: firstLsn + row.readUInt32LE(56),
  };
}

/** The first index from 0 whose order is not negative; `count` when there is none. */
function lowerBound(count: number, orderAt: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (orderAt(middle) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readFacts(bytesAt: BytesAt): readonly [string, string, string] {
  const texts: string[] = [];
  let offset = 0;
  for (let i = 0; i < 3; i++) {
    const length = bytesAt(offset, 2).readUInt16LE(0);
    texts.push(bytesAt(offset + 2, length).toString());
    offset += 2 + length;
  }
  return [texts[0] ?? "", texts[1] ?? "", texts[2] ?? ""];
}
