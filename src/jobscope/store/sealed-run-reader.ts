/**
 * Searches a sealed run, in memory or in a file, reading a few entries at a time: it may be twenty megabytes and a lookup
 * needs a few hundred bytes of it.
 */
import type { TraceId } from "../model/ids.js";
import { unixNano } from "../model/time.js";
import { decodeRow, factsLength, readFacts, type RowFacts } from "./batch-index.js";
import { BLOOM_BLOCK_BYTES, bloomBlock, hashOf, mayHold } from "./bloom.js";
import type { FoundRow, JobCandidate, JobMarks, JobQuery, Lsn } from "./job-store.js";
import {
  FACT_TEXTS,
  HOLDS_LOGS,
  ID_BYTES,
  KEY_BYTES,
  RECORD_ENTRY_BYTES,
  ROW,
  ROW_BYTES,
  type RunHeader,
  type RunSections,
  sectionsOf,
  TRACE_BYTES,
  TRACE_ID_BYTES,
} from "./run-layout.js";
import { MARKS } from "./sealed-jobs.js";
import type { SegmentIndex } from "./segment-index.js";

/** `offset`: bytes from the start of the run. The bytes are good until the next call. */
export type BytesAt = (offset: number, length: number) => Buffer;

interface Run {
  readonly header: RunHeader;
  readonly sections: RunSections;
  readonly bytesAt: BytesAt;
}

export function createSealedRunReader(header: RunHeader, bytesAt: BytesAt): SegmentIndex {
  const run = { header, sections: sectionsOf(header), bytesAt };
  return {
    rowsOf: (jobId) => rowsOf(run, Buffer.from(jobId)),
    jobIds: (prefix, limit) => jobIds(run, Buffer.from(prefix), limit),
    lsnsOf: (traceId) => lsnsOf(run, Buffer.from(traceId, "hex"), 0),
    logLsnsOf: (traceId) =>
      header.logCount === 0 ? [] : lsnsOf(run, Buffer.from(traceId, "hex"), HOLDS_LOGS),
    traceIds: (prefix, limit) => traceIds(run, prefix, limit),
    jobs: (query) => jobs(run, query),
    offsetOf: (lsn) => offsetOf(run, lsn),
  };
}

function rowsOf(run: Run, id: Buffer): readonly FoundRow[] {
  const found: FoundRow[] = [];
  if (!isPossible(run, id)) return found;
  for (let place = lowerId(run, id); place < run.header.rowCount; place++) {
    const row = rowAt(run, rowOfPlace(run, place));
    if (!idOf(run, row).equals(id)) break;
    found.push(foundRow(run, row));
  }
  return found;
}

/** Whether the filter lets this id through. */
function isPossible({ header, sections, bytesAt }: Run, id: Buffer): boolean {
  if (header.bloomBytes === 0) return false;
  const hash = hashOf(id);
  const begin = sections.bloom + bloomBlock(hash, header.bloomBytes);
  return mayHold(bytesAt(begin, BLOOM_BLOCK_BYTES), hash);
}

/** The first place among the ids whose job id is not below `id`. */
function lowerId(run: Run, id: Buffer): number {
  const key = Buffer.alloc(KEY_BYTES);
  id.copy(key, 0, 0, KEY_BYTES);
  return lowerBound(run.header.rowCount, (place) => {
    const entry = run.bytesAt(run.sections.ids + place * ID_BYTES, ID_BYTES);
    const order = Buffer.compare(entry.subarray(0, KEY_BYTES), key);
    // The first bytes tell nearly always; the text is read only for ids that share them.
    return order === 0
      ? Buffer.compare(idOf(run, rowAt(run, entry.readUInt32LE(KEY_BYTES))), id)
      : order;
  });
}

function rowOfPlace({ sections, bytesAt }: Run, place: number): number {
  return bytesAt(sections.ids + place * ID_BYTES + KEY_BYTES, 4).readUInt32LE(0);
}

function rowAt({ sections, bytesAt }: Run, row: number): Buffer {
  return Buffer.from(bytesAt(sections.rows + row * ROW_BYTES, ROW_BYTES));
}

function idOf({ sections, bytesAt }: Run, row: Buffer): Buffer {
  const length = row.readUInt8(ROW.idLength);
  return length <= KEY_BYTES
    ? row.subarray(ROW.key, ROW.key + length)
    : bytesAt(sections.texts + row.readUInt32LE(ROW.text), length);
}

function foundRow(run: Run, row: Buffer): FoundRow {
  const { sections, bytesAt } = run;
  const length = row.readUInt8(ROW.idLength) + row.readUInt8(ROW.otherLength);
  const facts = factsAt(run, row.readUInt32LE(ROW.facts));
  const texts = bytesAt(sections.texts + row.readUInt32LE(ROW.text), length);
  return { ...decodeRow(row, texts, facts), lsn: lsnOf(run, row.readUInt32LE(ROW.record)) };
}

function factsAt({ header, sections, bytesAt }: Run, at: number): RowFacts {
  // Four lengths and texts; short ones nearly always, so that one read will do.
  const length = Math.min(FACTS_GUESS_BYTES, header.factBytes - at);
  const guess = Buffer.from(bytesAt(sections.facts + at, length));
  if (hasWholeFacts(guess)) return readFacts(guess, 0);
  return readFacts(bytesAt(sections.facts + at, header.factBytes - at), 0);
}

const FACTS_GUESS_BYTES = 256;

function hasWholeFacts(bytes: Buffer): boolean {
  let end = 0;
  for (let i = 0; i < FACT_TEXTS; i++) {
    if (end + 2 > bytes.length) return false;
    end += 2 + bytes.readUInt16LE(end);
  }
  return end <= bytes.length;
}

function lsnOf({ header, sections, bytesAt }: Run, record: number): Lsn {
  const entry = bytesAt(sections.records + record * RECORD_ENTRY_BYTES, 4);
  return header.firstLsn + entry.readUInt32LE(0);
}

function offsetOf({ header, sections, bytesAt }: Run, lsn: Lsn): number | undefined {
  const wanted = lsn - header.firstLsn;
  const entry = (record: number): Buffer =>
    bytesAt(sections.records + record * RECORD_ENTRY_BYTES, RECORD_ENTRY_BYTES);
  const record = lowerBound(header.recordCount, (at) => entry(at).readUInt32LE(0) - wanted);
  if (record === header.recordCount) return undefined;
  const found = entry(record);
  return found.readUInt32LE(0) === wanted ? found.readUInt32LE(4) * 8 : undefined;
}

function jobIds(run: Run, prefix: Buffer, limit: number): readonly string[] {
  const ids: string[] = [];
  for (let at = lowerId(run, prefix); at < run.header.rowCount && ids.length < limit; at++) {
    const id = idOf(run, rowAt(run, rowOfPlace(run, at)));
    if (!id.subarray(0, prefix.length).equals(prefix)) break;
    const text = id.toString();
    if (ids.at(-1) !== text) ids.push(text);
  }
  return ids;
}

/** `kind`: 0 for records with spans, {@link HOLDS_LOGS} for those with log records. */
function lsnsOf(run: Run, id: Buffer, kind: number): readonly Lsn[] {
  const lsns: Lsn[] = [];
  if (!isPossible(run, id)) return lsns;
  for (let at = lowerTrace(run, id); at < run.header.traceCount; at++) {
    const entry = traceAt(run, at);
    if (!entry.subarray(0, TRACE_ID_BYTES).equals(id)) break;
    const record = entry.readUInt32LE(TRACE_ID_BYTES);
    if ((record & HOLDS_LOGS) >>> 0 === kind) lsns.push(lsnOf(run, record - kind));
  }
  return lsns;
}

function traceIds(run: Run, prefix: string, limit: number): readonly TraceId[] {
  const ids: TraceId[] = [];
  const begin = Buffer.from(prefix.padEnd(TRACE_ID_BYTES * 2, "0"), "hex");
  for (let at = lowerTrace(run, begin); at < run.header.traceCount && ids.length < limit; at++) {
    const entry = traceAt(run, at);
    const holdsLogs = entry.readUInt32LE(TRACE_ID_BYTES) >= HOLDS_LOGS;
    const id = entry.toString("hex", 0, TRACE_ID_BYTES) as TraceId;
    if (!id.startsWith(prefix)) break;
    if (!holdsLogs && ids.at(-1) !== id) ids.push(id);
  }
  return ids;
}

function lowerTrace(run: Run, id: Buffer): number {
  return lowerBound(run.header.traceCount, (at) =>
    Buffer.compare(traceAt(run, at).subarray(0, TRACE_ID_BYTES), id),
  );
}

function traceAt({ sections, bytesAt }: Run, at: number): Buffer {
  return bytesAt(sections.traces + at * TRACE_BYTES, TRACE_BYTES);
}

/** Jobs are looked at so many at a time, newest first: a list without a filter needs only a few. */
const JOBS_AT_ONCE = 4096;

function* jobs(run: Run, query: JobQuery): Iterable<JobCandidate> {
  const { header, sections, bytesAt } = run;
  const wanted = wantedFacts(run, query);
  if (wanted?.includes(1) === false) return;
  for (let end = header.jobCount; end > 0; end -= JOBS_AT_ONCE) {
    const from = Math.max(0, end - JOBS_AT_ONCE);
    const count = end - from;
    const column = (begin: number, bytes: number): Buffer =>
      Buffer.from(bytesAt(begin + from * bytes, count * bytes));
    const facts = column(sections.jobFacts, 4);
    if (wanted !== undefined && !holdsOne(facts, wanted)) continue;
    const latest = column(sections.jobLatest, 8);
    const marks = column(sections.jobMarks, 1);
    for (let at = count - 1; at >= 0; at--) {
      if (query.marks !== undefined && !query.marks(marksOf(marks[at] ?? 0))) continue;
      if (wanted !== undefined && wanted[facts.readUInt32LE(at * 4)] !== 1) continue;
      const time = unixNano(latest.readBigUInt64LE(at * 8));
      if (query.since !== undefined && time < query.since) return;
      const place = bytesAt(sections.jobId + (from + at) * 4, 4).readUInt32LE(0);
      const jobId = idOf(run, rowAt(run, rowOfPlace(run, place))).toString();
      yield { jobId, latest: time };
    }
  }
}

/** Whether any job of a stretch has facts that are wanted: the rest of a stretch of others is not read. */
function holdsOne(facts: Buffer, wanted: Uint8Array): boolean {
  for (let at = 0; at < facts.length; at += 4)
    if (wanted[facts.readUInt32LE(at)] === 1) return true;
  return false;
}

/**
 * 1 at the place of each facts that the query wants; undefined: it wants all. There are few facts and many jobs, so the
 * query's own function is asked once for each facts.
 */
function wantedFacts(run: Run, { facts }: JobQuery): Uint8Array | undefined {
  if (facts === undefined) return undefined;
  const { header, sections, bytesAt } = run;
  const all = bytesAt(sections.facts, header.factBytes);
  const wanted = new Uint8Array(header.factBytes);
  for (let at = 0; at < all.length; at += factsLength(all, at))
    if (facts(readFacts(all, at))) wanted[at] = 1;
  return wanted;
}

/** Every combination of marks, made once. */
const MARK_SETS: readonly JobMarks[] = Array.from({ length: 32 }, (_, bits) => ({
  pushed: (bits & MARKS.pushed) !== 0,
  attempted: (bits & MARKS.attempted) !== 0,
  failed: (bits & MARKS.failed) !== 0,
  succeeded: (bits & MARKS.succeeded) !== 0,
  stamped: (bits & MARKS.stamped) !== 0,
}));

const NO_MARKS: JobMarks = {
  pushed: false,
  attempted: false,
  failed: false,
  succeeded: false,
  stamped: false,
};

function marksOf(bits: number): JobMarks {
  return MARK_SETS[bits] ?? NO_MARKS;
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
