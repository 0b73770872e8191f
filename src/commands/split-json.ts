/** Cuts a text into the JSON objects that stand one behind another in it, also in a list, without reading what they say. */

export type JsonPiece =
  | { readonly kind: "value"; readonly bytes: Buffer }
  /** Longer than is allowed: the text is not read on. */
  | { readonly kind: "too_large" }
  | { readonly kind: "malformed"; readonly reason: string };

export interface JsonSplitter {
  add(chunk: Buffer): readonly JsonPiece[];
  /** What is left at the end of the text. */
  end(): readonly JsonPiece[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_BREAK = 0x0a;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
/** Space, and what a list has around its items; a byte order mark. */
const BETWEEN = new Set([0x20, 0x09, 0x0d, LINE_BREAK, 0x2c, 0x5b, 0x5d, 0xef, 0xbb, 0xbf]);

/** `lengthMax`: of one object, in bytes. */
export function createJsonSplitter(lengthMax: number): JsonSplitter {
  /** Of the object that is open. */
  let parts: Buffer[] = [];
  let length = 0;
  let depth = 0;
  let isInText = false;
  let isEscaped = false;
  /** Bytes that begin no object are passed over up to the end of their line. */
  let isSkipping = false;
  let isStopped = false;
  let line = 1;

  function add(chunk: Buffer): readonly JsonPiece[] {
    const pieces: JsonPiece[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length && !isStopped; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === LINE_BREAK) line++;
      if (depth === 0) {
        if (isSkipping) isSkipping = byte !== LINE_BREAK;
        else if (byte === 0x7b) {
          depth = 1;
          from = at;
        } else if (!BETWEEN.has(byte)) {
          isSkipping = true;
          pieces.push({ kind: "malformed", reason: `line ${line} holds no JSON object` });
        }
      } else if (isInText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInText = false;
      } else if (byte === QUOTE) isInText = true;
      else if (OPEN.has(byte)) depth++;
      else if (CLOSE.has(byte) && --depth === 0) {
        pieces.push({
          kind: "value",
          bytes: Buffer.concat([...parts, chunk.subarray(from, at + 1)]),
        });
        parts = [];
        length = 0;
      }
    }
    if (depth > 0 && !isStopped) {
      parts.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > lengthMax) {
        isStopped = true;
        parts = [];
        pieces.push({ kind: "too_large" });
      }
    }
    return pieces;
  }

  return {
    add,
    end() {
      if (depth === 0 || isStopped) return [];
      return [{ kind: "malformed", reason: "its last request is cut off" }];
    },
  };
}
