/**
 * Checksums of a file's pages, so that a reader which needs a few hundred bytes of a large file can trust them without
 * reading the rest.
 */
import { crc32 } from "node:zlib";

export const PAGE_BYTES = 4096;

const ENTRY_BYTES = 4;

/** One u32 CRC-32 for each page of `body`, the last of which may be short; and the CRC-32 of these. */
export function pageTable(body: Buffer): { readonly bytes: Buffer; readonly crc: number } {
  const bytes = Buffer.alloc(Math.ceil(body.length / PAGE_BYTES) * ENTRY_BYTES);
  for (let at = 0, entry = 0; at < body.length; at += PAGE_BYTES, entry += ENTRY_BYTES)
    bytes.writeUInt32LE(crc32(body.subarray(at, at + PAGE_BYTES)), entry);
  return { bytes, crc: crc32(bytes) };
}

/** Bytes of the table for a body of so many. */
export function pageTableBytes(bodyBytes: number): number {
  return Math.ceil(bodyBytes / PAGE_BYTES) * ENTRY_BYTES;
}

/** `bytes`: of page number `page`, whole. */
export function isPageGood(table: Buffer, page: number, bytes: Buffer): boolean {
  return table.readUInt32LE(page * ENTRY_BYTES) === crc32(bytes);
}
