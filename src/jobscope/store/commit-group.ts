/**
 * The batches of one commit: their records and their runs of the index as bytes, laid out as they come in and numbered
 * when the commit begins. Everything is copied on the way in, into memory that the next commit uses again, so a batch's
 * own bytes are free as soon as it was added, and a commit is one write.
 */
import type { UnixNano } from "../model/time.js";
import { createGrowingBuffer, extend, gathered } from "./growing-buffer.js";
import type { IncomingBatch, Lsn } from "./job-store.js";
import { appendRun, finishRun, type UnnumberedRun } from "./live-run.js";
import {
  checkBody,
  finishRecordHeader,
  RECORD_HEADER_BYTES,
  recordBytes,
  writeRecordHeader,
} from "./record.js";

export interface CommitGroup {
  /** Of records, in bytes. */
  readonly size: () => number;
  readonly count: () => number;
  /** Bytes of memory that it holds on to. */
  readonly capacity: () => number;
  /** Spans and log records. */
  readonly itemCount: () => number;
  add(batch: IncomingBatch): void;
  /** Gives the records their lsns, from `firstLsn` on, and their place, from `offset` on. */
  number(firstLsn: Lsn, offset: number, storeId: Buffer): void;
  /** Whole records, one after another. Good until `clear`. */
  records(): Buffer;
  /** A live run for each record. Good until `clear`. */
  runs(): Buffer;
  clear(): void;
}

/** One batch of the group. Only what is needed of it: holding on to its body would hold on to its memory. */
interface Place {
  /** Where its record begins and ends, in bytes. */
  readonly begin: number;
  readonly end: number;
  readonly run: UnnumberedRun;
  readonly receivedAt: UnixNano;
  readonly spanCount: number;
  readonly logCount: number;
}

/** Bytes; a handful of usual batches. */
const RECORDS_CAPACITY = 1024 * 1024;
const RUNS_CAPACITY = 256 * 1024;

export function createCommitGroup(): CommitGroup {
  const records = createGrowingBuffer(RECORDS_CAPACITY);
  const runs = createGrowingBuffer(RUNS_CAPACITY);
  let places: Place[] = [];
  let items = 0;

  return {
    size: () => records.length,
    count: () => places.length,
    capacity: () => records.bytes.length + runs.bytes.length,
    itemCount: () => items,
    add(batch) {
      checkBody(batch.body);
      const begin = extend(records, recordBytes(batch.body.length));
      const end = records.length;
      const bodyAt = begin + RECORD_HEADER_BYTES;
      writeRecordHeader(records.bytes, begin, batch);
      records.bytes.set(batch.body, bodyAt);
      records.bytes.fill(0, bodyAt + batch.body.length, end);
      const run = appendRun(runs, batch.index);
      const { receivedAt, spanCount, logCount } = batch;
      places.push({ begin, end, run, receivedAt, spanCount, logCount });
      items += spanCount + logCount;
    },
    number(firstLsn, offset, storeId) {
      for (const [i, { begin, end, run, receivedAt, spanCount, logCount }] of places.entries()) {
        const lsn = firstLsn + i;
        finishRecordHeader(records.bytes, begin, lsn);
        const facts = { generation: 0, receivedAt, spanCount, logCount };
        const place = { lsn, offset: offset + begin, end: offset + end, ...facts };
        finishRun(runs.bytes, run, place, storeId);
      }
    },
    records: () => gathered(records),
    runs: () => gathered(runs),
    clear() {
      for (const buffer of [records, runs]) buffer.length = 0;
      places = [];
      items = 0;
    },
  };
}
