/** Reads a sealed index file page by page, believing no page whose checksum does not match. */
import { crc32 } from "node:zlib";
import type { Lsn } from "./job-store.js";
import { isPageGood, PAGE_BYTES, pageTableBytes } from "./page-table.js";
import { readOpen } from "./read-file.js";
import { RUN_HEADER_BYTES, type RunHeader, sectionsOf } from "./run-layout.js";
import type { BytesAt } from "./sealed-run-reader.js";

/** Where a sealed run stands. */
export interface SealedRunPlace {
  readonly file: string;
  readonly fd: number;
  /** The first lsn of the segment that it is of. */
  readonly segment: Lsn;
  /** Where in the file the run begins; others may stand before and behind it. Bytes. */
  readonly at: number;
  readonly header: RunHeader;
}

/** The index is not what was written. It can be made again from the log. */
export class IndexDamagedError extends Error {
  readonly file: string;
  /** The first lsn of the segment that the index is of. */
  readonly segment: Lsn;
  /** Of the stretch in the file. Bytes. */
  readonly offset: number;
  readonly length: number;

  constructor({ file, segment }: SealedRunPlace, offset: number, length: number) {
    super("the checksum of a page of the index does not match; the log is read instead");
    this.name = "IndexDamagedError";
    this.file = file;
    this.segment = segment;
    this.offset = offset;
    this.length = length;
  }
}

/** Pages of all segments that a reader keeps. */
export interface PageCache {
  get(key: number, read: () => Buffer): Buffer;
}

/** 16 MB. Lookups read a page here and there; a list reads long stretches, which are not kept. */
const PAGES_MAX = 4096;

export function createPageCache(): PageCache {
  const pages = new Map<number, Buffer>();
  return {
    get(key, read) {
      const known = pages.get(key);
      if (known !== undefined) return known;
      const bytes = read();
      // The first key of a Map is the oldest.
      const oldest = pages.size >= PAGES_MAX ? pages.keys().next().value : undefined;
      if (oldest !== undefined) pages.delete(oldest);
      pages.set(key, bytes);
      return bytes;
    },
  };
}

/** More pages than a run has: tells the pages of one run from another's in the cache. */
const PAGES_PER_RUN = 0x1_0000_0000;

let sources = 0;

/** The bytes are read when they are asked for. */
export function readSealedFile(place: SealedRunPlace, cache: PageCache): BytesAt {
  const { fd, at: runAt, header } = place;
  const source = sources++;
  const end = sectionsOf(header).end - RUN_HEADER_BYTES;
  const tableBytes = pageTableBytes(end);
  /** Where the bytes behind the run's header begin in the file. */
  const bodyAt = runAt + RUN_HEADER_BYTES;
  let table: Buffer | undefined;

  function checksums(): Buffer {
    if (table !== undefined) return table;
    const at = bodyAt + end;
    const bytes = readOpen(fd, at, tableBytes);
    if (bytes.length < tableBytes || crc32(bytes) !== header.crc)
      throw new IndexDamagedError(place, at, tableBytes);
    table = bytes;
    return bytes;
  }

  /** Pages `first` to before `last`, checked. */
  function pages(first: number, last: number): Buffer {
    const from = first * PAGE_BYTES;
    const length = Math.min(end, last * PAGE_BYTES) - from;
    const bytes = readOpen(fd, bodyAt + from, length);
    for (let page = first; page < last; page++) {
      const at = (page - first) * PAGE_BYTES;
      if (!isPageGood(checksums(), page, bytes.subarray(at, at + PAGE_BYTES)))
        throw new IndexDamagedError(place, bodyAt + page * PAGE_BYTES, PAGE_BYTES);
    }
    return bytes;
  }

  return (offset, length) => {
    const begin = offset - RUN_HEADER_BYTES;
    if (begin + length > end) throw new IndexDamagedError(place, runAt + offset, length);
    const first = Math.floor(begin / PAGE_BYTES);
    const at = begin % PAGE_BYTES;
    if (at + length <= PAGE_BYTES) {
      const page = cache.get(source * PAGES_PER_RUN + first, () => pages(first, first + 1));
      return page.subarray(at, at + length);
    }
    return pages(first, Math.ceil((begin + length) / PAGE_BYTES)).subarray(at, at + length);
  };
}
