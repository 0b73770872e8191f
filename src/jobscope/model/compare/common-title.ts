/** One title for two steps that are the same but for their values: what differs stands as `?`. */

/** Words, and what stands between them. */
const PIECES = /[\w.-]+|[^\w.-]+/g;

export function commonTitle(a: string, b: string): string {
  if (a === b) return a;
  const left = a.match(PIECES) ?? [];
  const right = b.match(PIECES) ?? [];
  // Titles built otherwise, as when one was cut, have no words to compare.
  if (left.length !== right.length) return a;
  return left.map((piece, at) => (piece === right[at] ? piece : "?")).join("");
}
