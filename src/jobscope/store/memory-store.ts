/** The store port in memory: for programs that keep nothing, and the plainest statement of what a store does. */
import type { TraceId } from "../model/ids.js";
import type { JobRow } from "../model/job-row.js";
import { logIdsOf, rowsOf, traceIdsOf } from "./batch-index.js";
import { inflate } from "./inflate.js";
import { jobsOfRows } from "./job-candidates.js";
import type {
  FoundRow,
  IncomingBatch,
  JobStoreReader,
  JobStoreWriter,
  StoredBatch,
} from "./job-store.js";
import { StoreError } from "./store-error.js";

export interface MemoryStore {
  readonly writer: JobStoreWriter;
  readonly reader: JobStoreReader;
}

interface KeptBatch extends Omit<IncomingBatch, "index"> {
  readonly rows: readonly JobRow[];
  readonly traceIds: readonly TraceId[];
  readonly logIds: readonly TraceId[];
}

export function createMemoryStore(): MemoryStore {
  const kept: KeptBatch[] = [];
  let closed = false;

  const writer: JobStoreWriter = {
    append(batch) {
      if (closed)
        return Promise.reject(new StoreError("closed", "cannot append: the store was closed"));
      const { index, ...rest } = batch;
      const body = Buffer.from(batch.body);
      const ids = { traceIds: traceIdsOf(index), logIds: logIdsOf(index) };
      kept.push({ ...rest, body, rows: rowsOf(index), ...ids });
      return Promise.resolve(kept.length - 1);
    },
    async close() {
      closed = true;
    },
  };
  return { writer, reader: readerOf(() => kept) };
}

/** `kept`: by lsn. */
function readerOf(kept: () => readonly KeptBatch[]): JobStoreReader {
  const rows = (): readonly FoundRow[] =>
    kept().flatMap((batch, lsn) => batch.rows.map((row) => ({ ...row, lsn })));
  const stored = (lsn: number): StoredBatch | undefined => {
    const batch = kept()[lsn];
    return batch === undefined ? undefined : { ...batch, lsn, raw: () => inflate(batch) };
  };
  return {
    findRows: async (jobId) => rows().filter((row) => row.jobId === jobId),
    findJobIds: async (prefix, limit) =>
      inOrder(
        rows()
          .map(({ jobId }) => jobId)
          .filter((jobId) => jobId.startsWith(prefix)),
        limit,
      ),
    findTrace: async (traceId) =>
      [...kept().keys()].filter((lsn) => kept()[lsn]?.traceIds.includes(traceId)),
    findLogs: async (traceId) =>
      [...kept().keys()].filter((lsn) => kept()[lsn]?.logIds.includes(traceId)),
    findTraceIds: async (prefix, limit) =>
      inOrder(
        kept()
          .flatMap((batch) => batch.traceIds)
          .filter((id) => id.startsWith(prefix)),
        limit,
      ) as readonly TraceId[],
    async *jobs(query) {
      yield* jobsOfRows(rows(), query);
    },
    read: async (lsn) => stored(lsn),
    async *batches(from = 0) {
      const end = kept().length;
      for (let lsn = from; lsn < end; lsn++) {
        const batch = stored(lsn);
        if (batch !== undefined) yield batch;
      }
    },
    info: async () => ({
      location: "memory",
      batchCount: kept().length,
      spanCount: kept().reduce((sum, { spanCount }) => sum + spanCount, 0),
      logCount: kept().reduce((sum, { logCount }) => sum + logCount, 0),
      jobCountMax: jobsOfRows(rows(), {}).length,
      firstLsn: 0,
      endLsn: kept().length,
      bytes: kept().reduce((sum, { body }) => sum + body.length, 0),
      newest: kept().at(-1)?.receivedAt,
      oldest: kept()[0]?.receivedAt,
      damage: [],
    }),
    snapshot() {
      const now = [...kept()];
      return readerOf(() => now);
    },
    close: async () => undefined,
  };
}

function inOrder(ids: readonly string[], limit: number): readonly string[] {
  return [...new Set(ids)]
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, limit);
}
