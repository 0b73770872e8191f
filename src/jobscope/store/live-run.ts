/** Makes live runs: a batch's part of the index with a header, appended to others. */
import { crc32 } from "node:zlib";
import type { UnixNano } from "../model/time.js";
import type { BatchIndex } from "./batch-index.js";
import { extend, type GrowingBuffer } from "./growing-buffer.js";
import type { Lsn } from "./job-store.js";
import { RECORD_ENTRY_BYTES, RUN_HEADER_BYTES, writeRunHeader } from "./run-layout.js";

/** A run whose record has no number yet. */
export interface UnnumberedRun {
  /** In the buffer it was appended to. Bytes. */
  readonly at: number;
  readonly length: number;
  readonly rowCount: number;
  readonly traceCount: number;
  readonly textBytes: number;
  readonly factBytes: number;
}

export function appendRun(runs: GrowingBuffer, index: BatchIndex): UnnumberedRun {
  const { rows, traces, texts, facts, rowCount, traceCount } = index;
  const head = RUN_HEADER_BYTES + RECORD_ENTRY_BYTES;
  const length = head + rows.length + traces.length + texts.length + facts.length;
  const at = extend(runs, length);
  let to = at + head;
  for (const part of [rows, traces, texts, facts]) {
    runs.bytes.set(part, to);
    to += part.length;
  }
  return {
    at,
    length,
    rowCount,
    traceCount,
    textBytes: texts.length,
    factBytes: facts.length,
  };
}

/** The record that a run is about. */
export interface RecordPlace {
  readonly lsn: Lsn;
  /** Where it begins and ends in the log. Bytes. */
  readonly offset: number;
  readonly end: number;
  /** Of the log. */
  readonly generation: number;
  readonly receivedAt: UnixNano;
  readonly spanCount: number;
  readonly logCount: number;
}

/** `bytes`: of the buffer that the run was appended to. */
export function finishRun(
  bytes: Buffer,
  run: UnnumberedRun,
  record: RecordPlace,
  storeId: Buffer,
): void {
  const body = run.at + RUN_HEADER_BYTES;
  const end = run.at + run.length;
  bytes.writeUInt32LE(0, body);
  bytes.writeUInt32LE(record.offset / 8, body + 4);
  const header = {
    kind: "live",
    length: run.length,
    crc: crc32(bytes.subarray(body, end)),
    firstLsn: record.lsn,
    endLsn: record.lsn + 1,
    logEnd: record.end,
    generation: record.generation,
    spanCount: record.spanCount,
    logCount: record.logCount,
    oldest: record.receivedAt,
    newest: record.receivedAt,
    recordCount: 1,
    rowCount: run.rowCount,
    traceCount: run.traceCount,
    textBytes: run.textBytes,
    factBytes: run.factBytes,
    jobCount: 0,
    bloomBytes: 0,
    liveEnd: 0,
  } as const;
  writeRunHeader(bytes.subarray(run.at, body), header, storeId);
}
