/**
 * The reading side of the file store. Holds no lock and needs no server: it reads the files while a writer
 * appends, rolls and seals, or after one was killed. Each question is asked of the store as it is at that moment.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TraceId } from "../model/ids.js";
import type { UnixNano } from "../model/time.js";
import type {
  Damage,
  IndexBatch,
  JobCandidate,
  JobQuery,
  JobStoreReader,
  Lsn,
  StoreInfo,
  StoredBatch,
} from "./job-store.js";
import { IndexDamagedError } from "./sealed-file.js";
import type { SegmentReader } from "./segment-reader.js";
import { createStoreView, type StoreView } from "./store-view.js";
import { logFolder, openStoreFolder, sealedIndexFile, type StoreFolder } from "./store-folder.js";

export interface ReaderOptions {
  readonly indexBatch: IndexBatch;
}

/** @throws StoreError when there is no store or it cannot be read. */
export function openFileStoreReader(path: string, { indexBatch }: ReaderOptions): JobStoreReader {
  const folder = openStoreFolder(path);
  const view = createStoreView(folder, indexBatch);
  const damagedIndexes: Damage[] = [];

  /** Asks every segment, oldest first. A damaged index is not believed, and the question is asked again. */
  function ask<Answer>(question: (segment: SegmentReader) => readonly Answer[]): readonly Answer[] {
    for (;;) {
      let asked: SegmentReader | undefined;
      try {
        const answers: Answer[] = [];
        for (asked of view.segments()) answers.push(...question(asked));
        return answers;
      } catch (error) {
        distrust(asked, error);
      }
    }
  }

  /** @throws the error, when it is another one. */
  function distrust(segment: SegmentReader | undefined, error: unknown): void {
    if (segment === undefined || !(error instanceof IndexDamagedError)) throw error;
    const file = sealedIndexFile(folder.path, segment.firstLsn);
    const { offset, length, message } = error;
    damagedIndexes.push({ file, offset, length, reason: message });
    view.distrust(segment.firstLsn);
  }

  return {
    findRows: async (jobId) => ask(({ index }) => index.rowsOf(jobId)),
    findJobIds: async (prefix, limit) =>
      distinct(
        ask(({ index }) => index.jobIds(prefix, limit)),
        limit,
      ),
    findTrace: async (traceId) => ask(({ index }) => index.lsnsOf(traceId)),
    findTraceIds: async (prefix, limit) =>
      distinct(
        ask(({ index }) => index.traceIds(prefix, limit)),
        limit,
      ) as readonly TraceId[],
    async *jobs(query) {
      yield* newestJobs(view, query, distrust);
    },
    read: async (lsn) => ask((segment) => readFrom(segment, view, lsn))[0],
    async *batches(from = 0) {
      const segments = view.segments();
      const last = segments.at(-1);
      // One that was just begun holds nothing yet.
      const end = last?.headers.at(-1)?.endLsn ?? last?.firstLsn ?? 0;
      for (let lsn = Math.max(from, segments[0]?.firstLsn ?? 0); lsn < end; lsn++) {
        const [batch] = ask((segment) => readFrom(segment, view, lsn));
        if (batch !== undefined) yield batch;
      }
    },
    info: async () => infoOf(folder, view.segments(), damagedIndexes),
    close: async () => view.close(),
  };
}

/** The segment that holds `lsn` is the last one that begins at or before it. */
function readFrom(segment: SegmentReader, view: StoreView, lsn: Lsn): readonly StoredBatch[] {
  if (view.segmentOf(lsn) !== segment) return [];
  const batch = segment.read(lsn);
  return batch === undefined ? [] : [batch];
}

/** The jobs of all segments as one, by falling `latest`. */
function* newestJobs(
  view: StoreView,
  query: JobQuery,
  distrust: (segment: SegmentReader, error: unknown) => void,
): Iterable<JobCandidate> {
  for (;;) {
    let asked: SegmentReader | undefined;
    try {
      const heads: JobStream[] = [];
      for (asked of view.segments())
        addHead(heads, asked, asked.index.jobs(query)[Symbol.iterator]());
      for (let head = newestOf(heads); head !== undefined; head = newestOf(heads)) {
        asked = head.segment;
        yield head.next;
        advance(heads, head);
      }
      return;
    } catch (error) {
      if (asked === undefined) throw error;
      // Jobs that were told already come again: a caller looks at each the first time only.
      distrust(asked, error);
    }
  }
}

interface JobStream {
  readonly segment: SegmentReader;
  readonly rest: Iterator<JobCandidate>;
  next: JobCandidate;
}

function addHead(heads: JobStream[], segment: SegmentReader, rest: Iterator<JobCandidate>): void {
  const first = rest.next();
  if (first.done !== true) heads.push({ segment, rest, next: first.value });
}

function advance(heads: JobStream[], head: JobStream): void {
  const next = head.rest.next();
  if (next.done === true) heads.splice(heads.indexOf(head), 1);
  else head.next = next.value;
}

function newestOf(heads: readonly JobStream[]): JobStream | undefined {
  let newest = heads[0];
  for (const head of heads)
    if (newest !== undefined && head.next.latest > newest.next.latest) newest = head;
  return newest;
}

function distinct(ids: readonly string[], limit: number): readonly string[] {
  return [...new Set(ids)].sort(compareBytes).slice(0, limit);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function infoOf(
  folder: StoreFolder,
  segments: readonly SegmentReader[],
  damagedIndexes: readonly Damage[],
): StoreInfo {
  let newest: UnixNano | undefined;
  let oldest: UnixNano | undefined;
  let batchCount = 0;
  let spanCount = 0;
  for (const header of segments.flatMap(({ headers }) => headers)) {
    if (newest === undefined || header.newest > newest) newest = header.newest;
    if (oldest === undefined || header.oldest < oldest) oldest = header.oldest;
    batchCount += header.recordCount;
    spanCount += header.spanCount;
  }
  return {
    location: folder.path,
    batchCount,
    spanCount,
    bytes: bytesOnDisk(folder),
    newest,
    oldest,
    damage: [...segments.flatMap(({ damage }) => damage), ...damagedIndexes],
  };
}

function bytesOnDisk(folder: StoreFolder): number {
  return readdirSync(logFolder(folder.path))
    .map(
      (name) => statSync(join(logFolder(folder.path), name), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((sum, size) => sum + size, 0);
}
