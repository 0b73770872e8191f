/**
 * The reading side of the file store. Holds no lock and needs no server: it reads the files while a writer
 * appends, rolls and seals, or after one was killed. Each question is asked of the store as it is at that moment.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TraceId } from "../model/ids.js";
import type { UnixNano } from "../model/time.js";
import type {
  FoundRow,
  IndexBatch,
  JobStoreReader,
  Lsn,
  StoreInfo,
  StoredBatch,
} from "./job-store.js";
import { openSegment, type SegmentReader } from "./segment-reader.js";
import {
  listSegments,
  liveIndexFile,
  logFile,
  logFolder,
  openStoreFolder,
  type StoreFolder,
} from "./store-folder.js";

export interface ReaderOptions {
  readonly indexBatch: IndexBatch;
}

/** Between listing and opening, a segment's live index may be replaced by its sealed one; then it is looked at again. */
const TRIES_MAX = 3;

/** @throws StoreError when there is no store or it cannot be read. */
export function openFileStoreReader(path: string, { indexBatch }: ReaderOptions): JobStoreReader {
  const folder = openStoreFolder(path);
  const view = createView(folder, indexBatch);
  return {
    async findRows(jobId) {
      return view.segments().flatMap(({ runs }) => runs.flatMap((run) => run.rowsOf(jobId)));
    },
    async findJobIds(prefix, limit) {
      const found = view
        .segments()
        .flatMap(({ runs }) => runs.flatMap((run) => run.jobIds(prefix, limit)));
      return distinct(found, limit);
    },
    async findTrace(traceId) {
      return view.segments().flatMap(({ runs }) => runs.flatMap((run) => run.lsnsOf(traceId)));
    },
    async findTraceIds(prefix, limit) {
      const found = view
        .segments()
        .flatMap(({ runs }) => runs.flatMap((run) => run.traceIds(prefix, limit)));
      return distinct(found, limit) as readonly TraceId[];
    },
    async *rows() {
      for (const { runs } of [...view.segments()].reverse()) {
        for (const run of [...runs].reverse()) yield* newestFirst(run.rows());
      }
    },
    async read(lsn) {
      return readFrom(view.segments(), lsn);
    },
    async *batches(from = 0) {
      const segments = view.segments();
      const end = segments.at(-1)?.runs.at(-1)?.header.endLsn ?? 0;
      for (let lsn = Math.max(from, segments[0]?.firstLsn ?? 0); lsn < end; lsn++) {
        const batch = readFrom(view.segments(), lsn);
        if (batch !== undefined) yield batch;
      }
    },
    async info() {
      return infoOf(folder, view.segments());
    },
    async close() {
      view.close();
    },
  };
}

interface View {
  /** Oldest first, as of now. */
  segments(): readonly SegmentReader[];
  close(): void;
}

function createView(folder: StoreFolder, indexBatch: IndexBatch): View {
  let known = new Map<Lsn, { readonly reader: SegmentReader; readonly state: string }>();

  function refresh(): readonly SegmentReader[] {
    const next: typeof known = new Map();
    for (const firstLsn of listSegments(folder.path)) {
      const before = known.get(firstLsn);
      const state = before?.reader.isSealed === true ? before.state : stateOf(folder, firstLsn);
      if (before !== undefined && before.state === state) next.set(firstLsn, before);
      else next.set(firstLsn, { reader: openSegment(folder, firstLsn, indexBatch), state });
    }
    for (const [firstLsn, { reader }] of known)
      if (next.get(firstLsn)?.reader !== reader) reader.close();
    known = next;
    return [...known.values()].map(({ reader }) => reader);
  }

  return {
    segments() {
      for (let tries = 1; ; tries++) {
        try {
          return refresh();
        } catch (error) {
          const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
          if (!isGone || tries === TRIES_MAX) throw error;
        }
      }
    },
    close() {
      for (const { reader } of known.values()) reader.close();
      known = new Map();
    },
  };
}

/** Changes whenever an open segment grows or is sealed. */
function stateOf(folder: StoreFolder, firstLsn: Lsn): string {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;
  return `${size(logFile(folder.path, firstLsn))} ${size(liveIndexFile(folder.path, firstLsn))}`;
}

/** The segment that holds `lsn` is the last one that begins at or before it. */
function readFrom(segments: readonly SegmentReader[], lsn: Lsn): StoredBatch | undefined {
  return segments.findLast(({ firstLsn }) => firstLsn <= lsn)?.read(lsn);
}

function newestFirst(rows: readonly FoundRow[]): readonly FoundRow[] {
  return [...rows].sort((a, b) => b.lsn - a.lsn);
}

function distinct(ids: readonly string[], limit: number): readonly string[] {
  return [...new Set(ids)].sort(compareBytes).slice(0, limit);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function infoOf(folder: StoreFolder, segments: readonly SegmentReader[]): StoreInfo {
  const headers = segments.flatMap(({ runs }) => runs.map(({ header }) => header));
  let newest: UnixNano | undefined;
  let oldest: UnixNano | undefined;
  for (const header of headers) {
    if (newest === undefined || header.newest > newest) newest = header.newest;
    if (oldest === undefined || header.oldest < oldest) oldest = header.oldest;
  }
  return {
    location: folder.path,
    batchCount: headers.reduce((sum, { recordCount }) => sum + recordCount, 0),
    spanCount: headers.reduce((sum, { spanCount }) => sum + spanCount, 0),
    bytes: bytesOnDisk(folder),
    newest,
    oldest,
    damage: segments.flatMap(({ damage }) => damage),
  };
}

function bytesOnDisk(folder: StoreFolder): number {
  return readdirSync(logFolder(folder.path))
    .map(
      (name) => statSync(join(logFolder(folder.path), name), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((sum, size) => sum + size, 0);
}
