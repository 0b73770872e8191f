/**
 * Whether a segment's index tells what its log holds, no less and no more: each record is found by its number, each job and
 * each trace in it by its id, with the facts that the log gives, and nothing else is in it.
 */
import type { TraceId } from "../model/ids.js";
import { logIdsOf, rowsOf, traceIdsOf } from "./batch-index.js";
import { liveIndexDamage, sealedIndexDamage, wholeFile } from "./index-file-damage.js";
import type { Damage, FoundRow, IndexBatch, Lsn } from "./job-store.js";
import { openChangingSegment } from "./open-changing-segment.js";
import type { LogRecord } from "./record.js";
import { createPageCache } from "./sealed-file.js";
import type { SegmentReader } from "./segment-reader.js";
import { liveIndexFile, sealedIndexFile, type StoreFolder } from "./store-folder.js";

export interface IndexCheck {
  /** A record that the log holds whole. */
  check(record: LogRecord, raw: Uint8Array): void;
  /** What is wrong with the index; undefined: nothing. `isWhole`: every record of the log was checked. */
  finish(isWhole: boolean): Damage | undefined;
}

/** Entries of the index kept in memory: fifty megabytes or so. An id that is in every batch is then looked up once. */
const ENTRIES_HELD_MAX = 100_000;

/** What to do about an index that is whole and wrong. */
const REMEDY = "delete it while nobody writes, and serve makes it again";

/** What the records that were checked should give. */
interface Counts {
  endLsn: Lsn;
  records: number;
  rows: number;
  traces: number;
  spans: number;
  logs: number;
}

/** Open it after the log's size was taken: a reader covers what the log holds when it is opened. */
export function openIndexCheck(
  folder: StoreFolder,
  firstLsn: Lsn,
  indexBatch: IndexBatch,
): IndexCheck {
  const broken = sealedIndexDamage(folder, firstLsn);
  const options = { indexBatch, cache: createPageCache(), distrusted: new Set<Lsn>() };
  const segment = broken === undefined ? openChangingSegment(folder, firstLsn, options) : undefined;
  const entries = segment && entriesOf(segment);
  const counts: Counts = { endLsn: firstLsn, records: 0, rows: 0, traces: 0, spans: 0, logs: 0 };
  const wrong: Lsn[] = [];

  function wrongIndex(reason: string): Damage {
    const of = segment?.isSealed === true ? sealedIndexFile : liveIndexFile;
    return wholeFile(of(folder.path, firstLsn), reason);
  }

  return {
    check(record, raw) {
      if (entries === undefined) return;
      // What a record should give is asked of the function that makes indexes, and not of what it made when it came.
      const index = indexBatch(raw, record.signal);
      const rows = rowsOf(index).map((row) => ({ ...row, lsn: record.lsn }));
      const traceIds = traceIdsOf(index);
      const logIds = logIdsOf(index);
      if (!knows(entries, record.lsn, rows, traceIds, logIds)) wrong.push(record.lsn);
      counts.endLsn = record.lsn + 1;
      counts.records++;
      counts.rows += rows.length;
      counts.traces += traceIds.length + logIds.length;
      counts.spans += record.spanCount;
      counts.logs += record.logCount;
    },
    finish(isWhole) {
      segment?.close();
      if (broken !== undefined || segment === undefined) return broken;
      if (wrong.length > 0)
        return wrongIndex(
          `it does not tell all of record ${wrong[0]}${others(wrong.length - 1)}: ${REMEDY}`,
        );
      if (isWhole && tellsMore(segment, counts))
        return wrongIndex(`it tells more than its log holds: ${REMEDY}`);
      return segment.isSealed ? undefined : liveIndexDamage(folder, firstLsn);
    },
  };
}

function others(count: number): string {
  return count === 0 ? "" : ` and ${count} more`;
}

function tellsMore({ headers }: SegmentReader, counts: Counts): boolean {
  // A writer may have appended since the log was read; that much is not compared.
  const read = headers.filter(({ endLsn }) => endLsn <= counts.endLsn);
  if (read.length === 0) return false;
  const sum = (field: `${"record" | "row" | "trace" | "span" | "log"}Count`): number =>
    read.reduce((total, header) => total + header[field], 0);
  return (
    sum("recordCount") !== counts.records ||
    sum("rowCount") !== counts.rows ||
    sum("traceCount") !== counts.traces ||
    sum("spanCount") !== counts.spans ||
    sum("logCount") !== counts.logs
  );
}

interface Entries {
  hasRecord(lsn: Lsn): boolean;
  hasRow(row: FoundRow): boolean;
  hasTrace(traceId: TraceId, lsn: Lsn): boolean;
  hasLogs(traceId: TraceId, lsn: Lsn): boolean;
}

function knows(
  entries: Entries,
  lsn: Lsn,
  rows: readonly FoundRow[],
  traceIds: readonly TraceId[],
  logIds: readonly TraceId[],
): boolean {
  return (
    entries.hasRecord(lsn) &&
    rows.every((row) => entries.hasRow(row)) &&
    traceIds.every((traceId) => entries.hasTrace(traceId, lsn)) &&
    logIds.every((traceId) => entries.hasLogs(traceId, lsn))
  );
}

function entriesOf(segment: SegmentReader): Entries {
  const held = new Map<string, ReadonlySet<string>>();
  let heldCount = 0;

  function lookUp(id: string, find: () => readonly string[]): ReadonlySet<string> {
    const known = held.get(id);
    if (known !== undefined) return known;
    const found = new Set(find());
    if (heldCount > ENTRIES_HELD_MAX) {
      held.clear();
      heldCount = 0;
    }
    heldCount += found.size;
    held.set(id, found);
    return found;
  }

  return {
    hasRecord: (lsn) => segment.read(lsn) !== undefined,
    hasRow(row) {
      const find = (): readonly string[] => segment.index.rowsOf(row.jobId).map(rowKey);
      return lookUp(`job ${row.jobId}`, find).has(rowKey(row));
    },
    hasTrace(traceId, lsn) {
      const find = (): readonly string[] => segment.index.lsnsOf(traceId).map(String);
      return lookUp(`trace ${traceId}`, find).has(String(lsn));
    },
    hasLogs(traceId, lsn) {
      const find = (): readonly string[] => segment.index.logLsnsOf(traceId).map(String);
      return lookUp(`logs ${traceId}`, find).has(String(lsn));
    },
  };
}

/** All that a row says. Texts with their lengths, because anything may stand in them. */
function rowKey(row: FoundRow): string {
  const { lsn, role, traceId, spanId, start, end, enqueuedAt, status } = row;
  const { jobId, otherId, jobClass, queue, service, error } = row;
  const lengths = [jobId, otherId, jobClass, queue, service].map(({ length }) => length).join();
  return `${lsn} ${role} ${traceId}${spanId} ${start} ${end} ${enqueuedAt} ${status} ${lengths} ${jobId}${otherId}${jobClass}${queue}${service}${error}`;
}
