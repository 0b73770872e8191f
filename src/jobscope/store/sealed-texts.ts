/** The ids in a sealed run: sorted, and each stored once for the rows that have it. */
import { createGrowingBuffer, extend, gathered, type GrowingBuffer } from "./growing-buffer.js";
import { orderOf } from "./order-of.js";
import { ROW, ROW_BYTES, type RunBytes, sectionsOf } from "./run-layout.js";
import { swapped, wordsOf } from "./words.js";

export interface SealedIds {
  readonly texts: Buffer;
  /** The rows by job id as bytes, then by their place. */
  readonly order: Uint32Array;
  /** Where in `order` the rows of each id begin. */
  readonly firsts: readonly number[];
}

/** Gathers the texts of all runs and makes the rows point to them. */
export function joinTexts(runs: readonly RunBytes[], rows: Buffer): SealedIds {
  const given: GivenIds = { words: wordsOf(rows), texts: joinGiven(runs, wordsOf(rows)) };
  const order = orderOfIds(given);
  const texts = createGrowingBuffer(Math.max(64, given.texts.length));
  const places = new Uint32Array(order.length);
  const firsts: number[] = [];
  for (let from = 0; from < order.length; ) {
    const to = groupEnd(given, order, from);
    firsts.push(from);
    placeGroup(given, order, from, to, texts, places);
    from = to;
  }
  for (let row = 0; row < places.length; row++)
    given.words[row * ROW_WORDS + TEXT] = places[row] ?? 0;
  return { texts: gathered(texts), order, firsts };
}

const ROW_WORDS = ROW_BYTES / 4;
const TEXT = ROW.text / 4;
const LENGTHS = ROW.idLength / 4;

/** The rows as numbers, and the texts that they point to. */
interface GivenIds {
  readonly words: Uint32Array;
  readonly texts: Buffer;
}

/** The texts of all runs one after another; makes the rows point into them. */
function joinGiven(runs: readonly RunBytes[], words: Uint32Array): Buffer {
  const parts: Buffer[] = [];
  let shift = 0;
  let at = TEXT;
  for (const { header, bytes } of runs) {
    const { texts, facts } = sectionsOf(header);
    parts.push(bytes.subarray(texts, facts));
    for (const end = at + header.rowCount * ROW_WORDS; at < end; at += ROW_WORDS)
      words[at] = (words[at] ?? 0) + shift;
    shift += facts - texts;
  }
  return Buffer.concat(parts);
}

function orderOfIds(given: GivenIds): Uint32Array {
  const { words } = given;
  const count = words.length / ROW_WORDS;
  const heads = new Uint32Array(count);
  const fifths = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    heads[row] = swapped(words[row * ROW_WORDS] ?? 0);
    fifths[row] = words[row * ROW_WORDS + 1] ?? 0;
  }
  return orderOf({ heads, fifths, compare: (a, b) => compareIds(given, a, b) });
}

function textOf({ words }: GivenIds, row: number): number {
  return words[row * ROW_WORDS + TEXT] ?? 0;
}

function idLength({ words }: GivenIds, row: number): number {
  return (words[row * ROW_WORDS + LENGTHS] ?? 0) & 0xff;
}

function otherLength({ words }: GivenIds, row: number): number {
  return (words[row * ROW_WORDS + LENGTHS] ?? 0) >>> 24;
}

function compareIds(given: GivenIds, a: number, b: number): number {
  const { texts } = given;
  const aAt = textOf(given, a);
  const bAt = textOf(given, b);
  const aLength = idLength(given, a);
  const bLength = idLength(given, b);
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const order = (texts[aAt + i] ?? 0) - (texts[bAt + i] ?? 0);
    if (order !== 0) return order;
  }
  return aLength - bLength;
}

/** Where the rows of the same id end. */
function groupEnd(given: GivenIds, order: Uint32Array, from: number): number {
  let to = from + 1;
  while (to < order.length && compareIds(given, order[from] ?? 0, order[to] ?? 0) === 0) to++;
  return to;
}

/** Rows of one id share its text, and the other id behind it where they have the same one or none. */
function placeGroup(
  given: GivenIds,
  order: Uint32Array,
  from: number,
  to: number,
  texts: GrowingBuffer,
  places: Uint32Array,
): void {
  let leader = order[from] ?? 0;
  for (let at = from; at < to && otherLength(given, leader) === 0; at++) leader = order[at] ?? 0;
  const shared = appendIds(given, leader, texts);
  for (let at = from; at < to; at++) {
    const row = order[at] ?? 0;
    const isShared = otherLength(given, row) === 0 || hasSameOther(given, row, leader);
    places[row] = isShared ? shared : appendIds(given, row, texts);
  }
}

function hasSameOther(given: GivenIds, a: number, b: number): boolean {
  if (a === b) return true;
  const { texts } = given;
  const length = otherLength(given, a);
  if (length !== otherLength(given, b)) return false;
  const aAt = textOf(given, a) + idLength(given, a);
  const bAt = textOf(given, b) + idLength(given, b);
  for (let i = 0; i < length; i++) if (texts[aAt + i] !== texts[bAt + i]) return false;
  return true;
}

/** Appends the ids of a row and returns where they stand. */
function appendIds(given: GivenIds, row: number, texts: GrowingBuffer): number {
  const from = textOf(given, row);
  const length = idLength(given, row) + otherLength(given, row);
  const at = extend(texts, length);
  for (let i = 0; i < length; i++) texts.bytes[at + i] = given.texts[from + i] ?? 0;
  return at;
}
