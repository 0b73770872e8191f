/** Breaks a sentence at spaces to fit a width. */
import { displayWidth } from "./layout.js";

/** `width`: undefined for one line however long. A word longer than a line is not broken. */
export function wrap(
  text: string,
  width: number | undefined,
  first: string,
  indent: string,
): readonly string[] {
  if (width === undefined) return [first + text];
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
