/**
 * The reading side of the file store. Holds no lock and needs no server: it reads the files while a writer
 * appends, rolls and seals, or after one was killed. Each question is asked of the store as it is at that moment.
 */
import type {
  Damage,
  IndexBatch,
  JobCandidate,
  JobQuery,
  JobStoreReader,
  Lsn,
  StoredBatch,
} from "./job-store.js";
import { distinctIds } from "./distinct-ids.js";
import { mergeJobs } from "./merge-jobs.js";
import { IndexDamagedError } from "./sealed-file.js";
import type { SegmentReader } from "./segment-reader.js";
import { infoOf } from "./store-info.js";
import { createStoreView, type StoreView } from "./store-view.js";
import { openStoreFolder } from "./store-folder.js";

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
      try {
        return view.segments().flatMap(question);
      } catch (error) {
        distrust(error);
      }
    }
  }

  /** @throws the error, when it is another one. */
  function distrust(error: unknown): void {
    if (!(error instanceof IndexDamagedError)) throw error;
    const { file, segment, offset, length, message } = error;
    damagedIndexes.push({ file, offset, length, reason: message });
    view.distrust(segment);
  }

  return {
    findRows: async (jobId) => ask(({ index }) => index.rowsOf(jobId)),
    findJobIds: async (prefix, limit) =>
      distinctIds(
        ask(({ index }) => index.jobIds(prefix, limit)),
        limit,
      ),
    findTrace: async (traceId) => ask(({ index }) => index.lsnsOf(traceId)),
    findLogs: async (traceId) => ask(({ index }) => index.logLsnsOf(traceId)),
    findTraceIds: async (prefix, limit) =>
      distinctIds(
        ask(({ index }) => index.traceIds(prefix, limit)),
        limit,
      ),
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
        // What was deleted meanwhile is passed over at once.
        else lsn = Math.max(lsn, (view.segments()[0]?.firstLsn ?? 0) - 1);
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
  distrust: (error: unknown) => void,
): Iterable<JobCandidate> {
  for (;;) {
    const segments = view.segments();
    // Other questions are asked between two jobs; what is deleted or replaced then is read to its end.
    const release = view.hold(segments);
    try {
      yield* mergeJobs(segments.map(({ index }) => index.jobs(query)));
      return;
    } catch (error) {
      // Jobs that were told already come again: a caller looks at each the first time only.
      distrust(error);
    } finally {
      release();
    }
  }
}
