/** The trace ids of one request, each once: told apart by their bytes, in memory that is used again. */
import { randomBytes } from "node:crypto";

export interface IdSet {
  /** Empties it; ids are bytes of `bytes` from now on. */
  begin(bytes: Uint8Array): void;
  /** Whether the 16 bytes at `at`, which is never 0, were not in it yet. */
  add(at: number): boolean;
}

const ID_BYTES = 16;

/** Slots; room for the ids of an SDK's batch. A larger table that one request needed is not kept for the next. */
const CAPACITY_MIN = 1024;

/** Not the same in any two processes: a sender cannot choose ids that share a slot. */
const SEED = randomBytes(4).readUInt32LE();

/** Open addressing: a slot holds where an id stands, 0 when it is free. */
export function createIdSet(): IdSet {
  let slots = new Uint32Array(CAPACITY_MIN);
  let count = 0;
  let previous = 0;
  // Reads four bytes at once, wherever they stand.
  let view: DataView = new DataView(new ArrayBuffer(0));

  /** The slot that has the id, or where it belongs. */
  function slotOf(at: number): number {
    const mask = slots.length - 1;
    for (let slot = hashOf(view, at) & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] ?? 0;
      if (held === 0 || isSame(view, held, at)) return slot;
    }
  }

  function grow(): void {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    for (const at of old) if (at !== 0) slots[slotOf(at)] = at;
  }

  return {
    begin(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (slots.length > CAPACITY_MIN) slots = new Uint32Array(CAPACITY_MIN);
      else slots.fill(0);
      count = 0;
      previous = 0;
    },
    add(at) {
      // Spans of one trace stand together more often than not.
      if (previous !== 0 && isSame(view, previous, at)) return false;
      previous = at;
      const slot = slotOf(at);
      if (slots[slot] !== 0) return false;
      slots[slot] = at;
      if (++count * 2 > slots.length) grow();
      return true;
    },
  };
}

/** Four words of the id, mixed with a seed of our own. */
function hashOf(view: DataView, at: number): number {
  let hash = SEED;
  for (let i = at; i < at + ID_BYTES; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function isSame(view: DataView, a: number, b: number): boolean {
  for (let i = 0; i < ID_BYTES; i += 4)
    if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
  return true;
}
