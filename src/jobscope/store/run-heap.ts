/** The texts of a run of the index: each is stored once, and rows hold its offset. */

export interface RunHeap {
  /** Returns the offset of these bytes. `kind` keeps a text apart from facts that have the same bytes. */
  place(kind: "text" | "facts", bytes: Buffer): number;
  bytes(): Buffer;
}

export function createRunHeap(): RunHeap {
  const offsets = new Map<string, number>();
  const parts: Buffer[] = [];
  let length = 0;
  return {
    place(kind, bytes) {
      const key = kind + bytes.toString("latin1");
      const known = offsets.get(key);
      if (known !== undefined) return known;
      const offset = length;
      offsets.set(key, offset);
      parts.push(bytes);
      length += bytes.length;
      return offset;
    },
    bytes: () => Buffer.concat(parts),
  };
}
