/** Columns on a terminal: how wide a text is, cutting it, aligning it. Texts are safe already and have no colour yet. */

/** Made when first needed: it takes 14 ms, and most texts do without. */
let segmenter: Intl.Segmenter | undefined;

/** At once: what the engine takes for a text grows with the square of its length, ten seconds for 80,000. UTF-16 units. */
const SEGMENTED_MAX = 256;

/** What stands in a cell or two: a letter with its marks, an emoji of several signs. */
function* segmentsOf(text: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (let from = 0; from < text.length; ) {
    // Not between the halves of a pair, of which the first would end what it goes on with.
    const part = text.slice(from, from + SEGMENTED_MAX).replace(/(?<=.)[\ud800-\udbff]$/s, "");
    const isLast = from + part.length === text.length;
    const segments = Array.from(segmenter.segment(part), ({ segment }) => segment);
    // The last one may go on behind the part.
    const whole = isLast || segments.length === 1 ? segments : segments.slice(0, -1);
    yield* whole;
    from += whole.reduce((length, segment) => length + segment.length, 0);
  }
}

/** East Asian wide and emoji, which take two cells (Unicode TR11, the blocks in use). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** Texts of which every character takes one cell by itself: ASCII, Latin letters, and the signs of our own lines. */
const NARROW = /^[\x20-\x7e\u00a1-\u024f\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u2717]*$/;

/** In cells; of a text that is wider than `enough`, some number above it. */
export function displayWidth(text: string, enough = Number.POSITIVE_INFINITY): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const segment of segmentsOf(text)) {
    width += WIDE.test(segment) ? 2 : 1;
    if (width > enough) break;
  }
  return width;
}

/** Cut on the right with `…` where it does not fit. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text, width) <= width) return text;
  let kept = "";
  let used = 0;
  for (const segment of segmentsOf(text)) {
    used += WIDE.test(segment) ? 2 : 1;
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`.slice(0, Math.max(1, kept.length + 1));
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text, width)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text, width))) + text;
}
