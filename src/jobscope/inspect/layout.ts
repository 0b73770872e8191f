/** Columns on a terminal: how wide a text is, cutting it, aligning it. Texts are safe already and have no colour yet. */

/** Made when first needed: it takes 14 ms, and most texts do without. */
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** East Asian wide and emoji, which take two cells (Unicode TR11, the blocks in use). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** Texts of which every character takes one cell by itself: ASCII, Latin letters, and the signs of our own lines. */
const NARROW = /^[\x20-\x7e\u00a1-\u024f\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u2717]*$/;

/** In cells. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Cut on the right with `…` where it does not fit. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    used += WIDE.test(segment) ? 2 : 1;
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`.slice(0, Math.max(1, kept.length + 1));
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}
