/** The lines that one record of the log makes, in the order in which things happened. */
import { indexBatch } from "../../../processor/batch-index.js";
import { rowsOf, traceIdsOf } from "../../store/batch-index.js";
import type { FoundRow, JobStoreReader, StoredBatch } from "../../store/job-store.js";
import type { JobLine } from "../job-line.js";
import { byTime, kindOfRow, type News, newsIn } from "./job-news.js";
import type { NewsLines } from "./news-lines.js";

/** `reader`: of the store as it is when the batch is there, or later. */
export async function* linesOfBatch(
  reader: JobStoreReader,
  batch: StoredBatch,
  lines: NewsLines,
): AsyncIterable<JobLine> {
  const raw = batch.raw();
  const index = indexBatch(raw, batch.signal);
  const own = rowsOf(index).map((row) => ({ ...row, lsn: batch.lsn }));
  const traceIds = new Set<string>(traceIdsOf(index));
  const from = withBatch(reader, { ...batch, raw: () => raw }, own, traceIds);

  const wanted = own.filter((row) => kindOfRow(row) !== undefined && lines.mayWant(row));
  const found: { readonly news: News; readonly rows: readonly FoundRow[] }[] = [];
  for (const jid of new Set(wanted.map(({ jobId }) => jobId))) {
    const rows = await from.findRows(jid);
    for (const news of newsIn(rows, batch.lsn)) found.push({ news, rows });
  }
  for (const { news, rows } of found.sort((a, b) => byTime(a.news, b.news))) {
    const line = await lines.lineOf(from, news, rows);
    if (line !== undefined) yield line;
  }
}

/** Retention may have deleted the batch while it was read, and what it tells is told all the same. */
function withBatch(
  reader: JobStoreReader,
  batch: StoredBatch,
  rows: readonly FoundRow[],
  traceIds: ReadonlySet<string>,
): JobStoreReader {
  const { lsn } = batch;
  return {
    ...reader,
    async findRows(jobId) {
      const found = await reader.findRows(jobId);
      if (found.some((row) => row.lsn === lsn)) return found;
      const own = rows.filter((row) => row.jobId === jobId);
      return [...found, ...own].sort((a, b) => a.lsn - b.lsn);
    },
    async findTrace(traceId) {
      const found = await reader.findTrace(traceId);
      if (!traceIds.has(traceId) || found.includes(lsn)) return found;
      return [...found, lsn].sort((a, b) => a - b);
    },
    read: async (asked) => (asked === lsn ? batch : reader.read(asked)),
  };
}
