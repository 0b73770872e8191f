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
  return text.replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * JSON that is also safe where it is only looked at: JSON escapes the control characters below a space and lets those
 * of 8 bits, and marks that turn text around, pass. `indent`: spaces for each level; none gives one line.
 */
export function safeJson(value: unknown, indent?: number): string {
  return safeJsonText(JSON.stringify(value, null, indent));
}

/** The same of JSON that is written already. */
export function safeJsonText(json: string): string {
  // The line breaks between fields are ours; those of texts are escaped already.
  return json.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    // Each half of a pair by itself, as JSON has it.
    Array.from({ length: found.length }, (_, at) => {
      const unit = found.charCodeAt(at).toString(16);
      return `\\u${unit.padStart(4, "0")}`;
    }).join(""),
  );
}

/** For a terminal that has no UTF-8: signs become what is most like them, letters of the data are escaped. */
export function asciiSigns(text: string): string {
  return text.replace(/\P{ASCII}/gu, (sign) => ASCII[sign] ?? escaped(sign));
}

const ASCII: Readonly<Record<string, string>> = {
  "×": "x",
  "…": "...",
  "✗": "x",
  "→": "->",
  "█": "#",
  "▕": "|",
  "▏": "|",
  "┌": "+",
  "│": "|",
  "└": "+",
  "├": "+",
  "─": "-",
  "≥": ">=",
  "≤": "<=",
  "·": "-",
  "–": "-",
  "┬": "+",
  "┼": "+",
  "┴": "+",
  "▶": ">",
  "↺": "(again)",
};
