/**
 * Makes one sealed run of the live runs of a segment: the same rows, and beside them their order by job id, the jobs by
 * their latest news, and a filter that tells which ids are not there.
 */
import type { UnixNano } from "../model/time.js";
import { factsLength } from "./batch-index.js";
import { addToBloom, bloomBytes } from "./bloom.js";
import { orderOf } from "./order-of.js";
import { pageTable } from "./page-table.js";
import {
  ID_BYTES,
  RECORD_ENTRY_BYTES,
  ROW,
  ROW_BYTES,
  RUN_HEADER_BYTES,
  type RunBytes,
  type RunHeader,
  sectionsOf,
  TRACE_BYTES,
  TRACE_ID_BYTES,
  writeRunHeader,
} from "./run-layout.js";
import { jobColumns } from "./sealed-jobs.js";
import { joinTexts, type SealedIds } from "./sealed-texts.js";
import { swapped, wordsOf } from "./words.js";

/** Where the records stand now, when the log was written anew. */
export interface MovedRecords {
  readonly generation: number;
  /** In order of the records. Bytes. */
  readonly offsets: readonly number[];
  readonly logEnd: number;
}

export interface SealedRunOptions {
  readonly moved?: MovedRecords | undefined;
  /** As in a run's header. */
  readonly liveEnd?: number;
}

/** `runs`: at least one, ascending by lsn. `storeId`: 16 bytes. */
export function sealRuns(
  runs: readonly RunBytes[],
  storeId: Buffer,
  { moved, liveEnd = 0 }: SealedRunOptions = {},
): Buffer {
  const first = runs[0]?.header;
  const last = runs.at(-1)?.header;
  if (first === undefined || last === undefined) throw new RangeError("cannot seal no runs");
  const records = joinRecords(runs, first.firstLsn, moved);
  const rows = joinEntries(runs, "rows", ROW_BYTES, ROW.record);
  const facts = joinFacts(runs, rows);
  const sorted = joinTexts(runs, rows);
  const ids = idEntries(rows, sorted.order);
  const traces = sortTraces(joinEntries(runs, "traces", TRACE_BYTES, TRACE_ID_BYTES));
  const jobs = jobColumns(rows, sorted);
  const bloom = bloomOf(rows, sorted, traces);
  const { texts } = sorted;
  const body = Buffer.concat([records, rows, traces, texts, facts, ids, ...jobs.columns, bloom]);
  const table = pageTable(body);
  const header: RunHeader = {
    kind: "sealed",
    length: RUN_HEADER_BYTES + body.length + table.bytes.length,
    crc: table.crc,
    firstLsn: first.firstLsn,
    endLsn: last.endLsn,
    logEnd: moved?.logEnd ?? last.logEnd,
    generation: moved?.generation ?? first.generation,
    spanCount: runs.reduce((sum, run) => sum + run.header.spanCount, 0),
    logCount: runs.reduce((sum, run) => sum + run.header.logCount, 0),
    ...receivedBetween(runs),
    recordCount: records.length / RECORD_ENTRY_BYTES,
    rowCount: rows.length / ROW_BYTES,
    traceCount: traces.length / TRACE_BYTES,
    jobCount: jobs.count,
    textBytes: texts.length,
    factBytes: facts.length,
    bloomBytes: bloom.length,
    liveEnd,
  };
  const head = Buffer.alloc(RUN_HEADER_BYTES);
  writeRunHeader(head, header, storeId);
  return Buffer.concat([head, body, table.bytes]);
}

function receivedBetween(runs: readonly RunBytes[]): {
  readonly oldest: UnixNano;
  readonly newest: UnixNano;
} {
  const times = runs.map(({ header }) => header);
  return {
    oldest: times.map(({ oldest }) => oldest).reduce((a, b) => (b < a ? b : a)),
    newest: times.map(({ newest }) => newest).reduce((a, b) => (b > a ? b : a)),
  };
}

function joinRecords(
  runs: readonly RunBytes[],
  firstLsn: number,
  moved: MovedRecords | undefined,
): Buffer {
  const joined = Buffer.allocUnsafe(
    runs.reduce((sum, { header }) => sum + header.recordCount, 0) * RECORD_ENTRY_BYTES,
  );
  let at = 0;
  for (const { header, bytes } of runs) {
    for (let i = 0; i < header.recordCount; i++) {
      const from = RUN_HEADER_BYTES + i * RECORD_ENTRY_BYTES;
      const offset = moved?.offsets[at / RECORD_ENTRY_BYTES];
      joined.writeUInt32LE(bytes.readUInt32LE(from) + header.firstLsn - firstLsn, at);
      joined.writeUInt32LE(
        offset === undefined ? bytes.readUInt32LE(from + 4) : offset / 8,
        at + 4,
      );
      at += RECORD_ENTRY_BYTES;
    }
  }
  return joined;
}

/** One section of all runs, with the record numbers, at byte `field` of each entry, counted over all of them. */
function joinEntries(
  runs: readonly RunBytes[],
  section: "rows" | "traces",
  entryBytes: number,
  field: number,
): Buffer {
  const parts = runs.map(({ header, bytes }) => {
    const sections = sectionsOf(header);
    return bytes.subarray(sections[section], section === "rows" ? sections.traces : sections.texts);
  });
  const joined = Buffer.concat(parts);
  const words = wordsOf(joined);
  let at = field / 4;
  let record = 0;
  for (const [i, { header }] of runs.entries()) {
    const end = at + (parts[i]?.length ?? 0) / 4;
    for (; at < end; at += entryBytes / 4) words[at] = (words[at] ?? 0) + record;
    record += header.recordCount;
  }
  return joined;
}

/** The facts of all runs, each once; makes the rows point to them. */
function joinFacts(runs: readonly RunBytes[], rows: Buffer): Buffer {
  const places = new Map<string, number>();
  const parts: Buffer[] = [];
  const words = wordsOf(rows);
  let length = 0;
  let at = ROW.facts / 4;
  for (const { header, bytes } of runs) {
    const facts = bytes.subarray(sectionsOf(header).facts, sectionsOf(header).ids);
    const moved = new Map<number, number>();
    for (let from = 0; from < facts.length; ) {
      const own = facts.subarray(from, from + factsLength(facts, from));
      const key = own.toString("latin1");
      const known = places.get(key);
      moved.set(from, known ?? length);
      if (known === undefined) {
        places.set(key, length);
        parts.push(own);
        length += own.length;
      }
      from += own.length;
    }
    for (const end = at + header.rowCount * ROW_WORDS; at < end; at += ROW_WORDS)
      words[at] = moved.get(words[at] ?? 0) ?? 0;
  }
  return Buffer.concat(parts);
}

function idEntries(rows: Buffer, order: Uint32Array): Buffer {
  const ids = Buffer.allocUnsafeSlow(order.length * ID_BYTES);
  const from = wordsOf(rows);
  const to = wordsOf(ids);
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0;
    to[i * 3] = from[row * ROW_WORDS] ?? 0;
    to[i * 3 + 1] = from[row * ROW_WORDS + 1] ?? 0;
    to[i * 3 + 2] = row;
  }
  return ids;
}

const ROW_WORDS = ROW_BYTES / 4;
const TRACE_WORDS = TRACE_BYTES / 4;

/** By trace id, then record. */
function sortTraces(traces: Buffer): Buffer {
  const words = wordsOf(traces);
  const count = words.length / TRACE_WORDS;
  const heads = new Uint32Array(count);
  const fifths = new Uint8Array(count);
  for (let entry = 0; entry < count; entry++) {
    heads[entry] = swapped(words[entry * TRACE_WORDS] ?? 0);
    fifths[entry] = words[entry * TRACE_WORDS + 1] ?? 0;
  }
  const order = orderOf({ heads, fifths, compare: (a, b) => compareTraces(words, a, b) });
  const sorted = Buffer.allocUnsafeSlow(traces.length);
  const to = wordsOf(sorted);
  for (let i = 0; i < count; i++) {
    const from = (order[i] ?? 0) * TRACE_WORDS;
    for (let word = 0; word < TRACE_WORDS; word++)
      to[i * TRACE_WORDS + word] = words[from + word] ?? 0;
  }
  return sorted;
}

function compareTraces(words: Uint32Array, a: number, b: number): number {
  for (let i = 1; i < TRACE_ID_BYTES / 4; i++) {
    const first = words[a * TRACE_WORDS + i] ?? 0;
    const second = words[b * TRACE_WORDS + i] ?? 0;
    if (first !== second) return swapped(first) - swapped(second);
  }
  return 0;
}

/** Every job id and every trace id, each counted once. */
function bloomOf(rows: Buffer, { texts, order, firsts }: SealedIds, traces: Buffer): Buffer {
  const words = wordsOf(traces);
  const count = words.length / TRACE_WORDS;
  const isNew = (entry: number): boolean =>
    entry === 0 ||
    words[entry * TRACE_WORDS] !== words[(entry - 1) * TRACE_WORDS] ||
    compareTraces(words, entry, entry - 1) !== 0;
  let distinct = 0;
  for (let entry = 0; entry < count; entry++) if (isNew(entry)) distinct++;
  const bloom = Buffer.alloc(bloomBytes(firsts.length + distinct));
  for (const first of firsts) {
    const row = (order[first] ?? 0) * ROW_BYTES;
    addToBloom(bloom, texts, rows.readUInt32LE(row + ROW.text), rows[row + ROW.idLength] ?? 0);
  }
  for (let entry = 0; entry < count; entry++)
    if (isNew(entry)) addToBloom(bloom, traces, entry * TRACE_BYTES, TRACE_ID_BYTES);
  return bloom;
}
