/** What a message says without what differs from one occurrence of an error to the next: ids, numbers, quoted texts. */

/** Longer ones are compared by their beginning. Characters. */
const COMPARED_LENGTH_MAX = 2000;

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** An apostrophe inside a word opens nothing. */
const QUOTED = /"[^"]*"|(?<!\w)'[^']*'(?!\w)|`[^`']*['`]/g;
const HEX = /\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b/gi;
const NUMBER = /\d+/g;

/** Each of them is `?`. */
export function messagePattern(message: string): string {
  return message
    .slice(0, COMPARED_LENGTH_MAX)
    .replace(QUOTED, "?")
    .replace(UUID, "?")
    .replace(HEX, "?")
    .replace(NUMBER, "?");
}
