/** The ids in a sealed run: sorted, and each stored once for the rows that have it. */
import { createGrowingBuffer, extend, gathered, type GrowingBuffer } from "./growing-buffer.js";
import { orderOf } from "./order-of.js";
import { ROW, ROW_BYTES, type RunBytes, sectionsOf } from "./run-layout.js";

export interface SealedIds {
  readonly texts: Buffer;
  /** The rows by job id as bytes, then by their place. */
  readonly order: Uint32Array;
  /** Where in `order` the rows of each id begin. */
  readonly firsts: readonly number[];
}

/** Gathers the texts of all runs and makes the rows point to them. */
export function joinTexts(runs: readonly RunBytes[], rows: Buffer): SealedIds {
  const given = joinGiven(runs, rows);
  const order = orderOfIds(rows, given);
  const texts = createGrowingBuffer(Math.max(64, given.length));
  const places = new Uint32Array(order.length);
  const firsts: number[] = [];
  for (let from = 0; from < order.length; ) {
    const to = groupEnd(order, from, rows, given);
    firsts.push(from);
    placeGroup(order.subarray(from, to), rows, given, texts, places);
    from = to;
  }
  for (const [row, place] of places.entries())
    rows.writeUInt32LE(place, row * ROW_BYTES + ROW.text);
  return { texts: gathered(texts), order, firsts };
}

/** The texts of all runs one after another; makes the rows point into them. */
function joinGiven(runs: readonly RunBytes[], rows: Buffer): Buffer {
  const parts: Buffer[] = [];
  let shift = 0;
  let at = ROW.text;
  for (const { header, bytes } of runs) {
    const { texts, facts } = sectionsOf(header);
    parts.push(bytes.subarray(texts, facts));
    for (const end = at + header.rowCount * ROW_BYTES; at < end; at += ROW_BYTES)
      rows.writeUInt32LE(rows.readUInt32LE(at) + shift, at);
    shift += facts - texts;
  }
  return Buffer.concat(parts);
}

function orderOfIds(rows: Buffer, given: Buffer): Uint32Array {
  return orderOf({
    count: rows.length / ROW_BYTES,
    head: (row) => rows.readUInt32BE(row * ROW_BYTES + ROW.key),
    fifth: (row) => rows[row * ROW_BYTES + ROW.key + 4] ?? 0,
    compare: (a, b) => compareIds(rows, given, a, b),
  });
}

function compareIds(rows: Buffer, texts: Buffer, a: number, b: number): number {
  const aAt = rows.readUInt32LE(a * ROW_BYTES + ROW.text);
  const bAt = rows.readUInt32LE(b * ROW_BYTES + ROW.text);
  const aLength = rows[a * ROW_BYTES + ROW.idLength] ?? 0;
  const bLength = rows[b * ROW_BYTES + ROW.idLength] ?? 0;
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const order = (texts[aAt + i] ?? 0) - (texts[bAt + i] ?? 0);
    if (order !== 0) return order;
  }
  return aLength - bLength;
}

/** Where the rows of the same id end. */
function groupEnd(order: Uint32Array, from: number, rows: Buffer, given: Buffer): number {
  let to = from + 1;
  while (to < order.length && compareIds(rows, given, order[from] ?? 0, order[to] ?? 0) === 0) to++;
  return to;
}

/** Rows of one id share its text, and the other id behind it where they have the same one or none. */
function placeGroup(
  group: Uint32Array,
  rows: Buffer,
  given: Buffer,
  texts: GrowingBuffer,
  places: Uint32Array,
): void {
  const leader = group.find((row) => otherLength(rows, row) > 0) ?? group[0] ?? 0;
  const shared = appendIds(texts, rows, given, leader);
  for (const row of group) {
    const isShared = otherLength(rows, row) === 0 || hasSameOther(rows, given, row, leader);
    places[row] = isShared ? shared : appendIds(texts, rows, given, row);
  }
}

function otherLength(rows: Buffer, row: number): number {
  return rows[row * ROW_BYTES + ROW.otherLength] ?? 0;
}

function hasSameOther(rows: Buffer, given: Buffer, a: number, b: number): boolean {
  if (a === b) return true;
  const length = otherLength(rows, a);
  const idLength = rows[a * ROW_BYTES + ROW.idLength] ?? 0;
  const aAt = rows.readUInt32LE(a * ROW_BYTES + ROW.text) + idLength;
  const bAt = rows.readUInt32LE(b * ROW_BYTES + ROW.text) + idLength;
  return (
    length === otherLength(rows, b) &&
    given.compare(given, bAt, bAt + length, aAt, aAt + length) === 0
  );
}

/** Appends the ids of a row and returns where they stand. */
function appendIds(texts: GrowingBuffer, rows: Buffer, given: Buffer, row: number): number {
  const from = rows.readUInt32LE(row * ROW_BYTES + ROW.text);
  const length = (rows[row * ROW_BYTES + ROW.idLength] ?? 0) + otherLength(rows, row);
  const at = extend(texts, length);
  for (let i = 0; i < length; i++) texts.bytes[at + i] = given[from + i] ?? 0;
  return at;
}
