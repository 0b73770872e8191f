/** What is asked of a store: put to its segments one after another, and what they say made one answer. */
import { distinctIds } from "./distinct-ids.js";
import type { JobCandidate, JobQuery, JobStoreReader, Lsn, StoredBatch } from "./job-store.js";
import { mergeJobs } from "./merge-jobs.js";
import type { SegmentReader } from "./segment-reader.js";
import type { StoreView } from "./store-view.js";

/** The segments that questions are put to. */
export interface Segments {
  /** Oldest first. */
  current(): readonly SegmentReader[];
  /** Until the function it gives is called, these stay open. */
  hold(segments: readonly SegmentReader[]): () => void;
}

export type Questions = Pick<
  JobStoreReader,
  "findRows" | "findJobIds" | "findTrace" | "findLogs" | "findTraceIds" | "jobs" | "read"
>;

/** `distrust`: told of each error; throws it again when it is not that an index is damaged. */
export function questionsTo(segments: Segments, distrust: (error: unknown) => void): Questions {
  /** Asks every segment, oldest first. A damaged index is not believed, and the question is asked again. */
  function ask<Answer>(question: (segment: SegmentReader) => readonly Answer[]): readonly Answer[] {
    for (;;) {
      try {
        return segments.current().flatMap(question);
      } catch (error) {
        distrust(error);
      }
    }
  }

  function batchOf(lsn: Lsn): StoredBatch | undefined {
    for (;;) {
      try {
        // The segment that holds it is the last one that begins at or before it.
        return segments
          .current()
          .findLast(({ firstLsn }) => firstLsn <= lsn)
          ?.read(lsn);
      } catch (error) {
        distrust(error);
      }
    }
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
      yield* newestJobs(segments, query, distrust);
    },
    read: async (lsn) => batchOf(lsn),
  };
}

/** The jobs of all segments as one, by falling `latest`. */
function* newestJobs(
  segments: Segments,
  query: JobQuery,
  distrust: (error: unknown) => void,
): Iterable<JobCandidate> {
  for (;;) {
    const current = segments.current();
    // Other questions are asked between two jobs; what is deleted or replaced then is read to its end.
    const release = segments.hold(current);
    try {
      yield* mergeJobs(current.map(({ index }) => index.jobs(query)));
      return;
    } catch (error) {
      // Jobs that were told already come again: a caller looks at each the first time only.
      distrust(error);
    } finally {
      release();
    }
  }
}

/** Those of now, until they are released; others only where the index of one turned out to be damaged. */
export function holdSegments(view: StoreView): Segments & { release(): void } {
  let segments = view.segments();
  let release = view.hold(segments);
  let distrusts = view.distrustCount();
  return {
    current() {
      if (view.distrustCount() === distrusts) return segments;
      distrusts = view.distrustCount();
      release();
      segments = view.segments();
      release = view.hold(segments);
      return segments;
    },
    hold: (some) => view.hold(some),
    release: () => release(),
  };
}
