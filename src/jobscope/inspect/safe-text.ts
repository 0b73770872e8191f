/**
 * Text from spans, made fit to print.
 *
 * SQL, error messages and names are written by whoever sends us spans. Printed as they are they could move the cursor,
 * forge lines, change the title of the window or write to the clipboard.
 */

/** Control and format characters (escapes, line breaks, bidi marks, zero-width), separators of lines, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** An escape byte becomes the four characters `\x1b`. */
export function safeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** The signs of the output for a terminal that has no UTF-8; letters of the data stay as they are. */
export function asciiSigns(text: string): string {
  return text.replace(/[×…✗→█▕▏│–]/g, (sign) => ASCII[sign] ?? sign);
}

const ASCII: Readonly<Record<string, string>> = {
  "×": "x",
  "…": "...",
  "✗": "x",
  "→": "->",
  "█": "#",
  "▕": "|",
  "▏": "|",
  "│": "|",
  "–": "-",
};
