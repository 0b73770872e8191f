/** Rows of cells under each other. Cells are safe and have no colour yet. */
import { displayWidth, padEnd, padStart, truncate } from "./layout.js";
import { asciiSigns } from "./safe-text.js";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** At least, so that two outputs compare. */
  readonly width: number;
}

const GAP = "  ";

/**
 * The width that each column has. `room`: of a whole row; undefined: as much as it takes. The first column gives way, down to
 * the width of its own.
 */
export function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number | undefined,
): readonly number[] {
  const widths = columns.map(({ title, width }, at) =>
    rows.reduce(
      (most, cells) => Math.max(most, displayWidth(cells[at] ?? "")),
      Math.max(width, displayWidth(title)),
    ),
  );
  const [first = 0, ...others] = widths;
  if (room === undefined) return widths;
  const left = room - others.reduce((sum, width) => sum + width + GAP.length, 0);
  return [Math.max(columns[0]?.width ?? 0, Math.min(first, left)), ...others];
}

/** Each cell with the gap before it; the last one without spaces behind it. */
export function alignedCells(
  columns: readonly Column[],
  cells: readonly string[],
  widths: readonly number[],
  ascii: boolean,
): readonly string[] {
  return cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    const fit = fitted(cell, width, ascii);
    const isLast = at === cells.length - 1;
    const aligned =
      columns[at]?.align === "right" ? padStart(fit, width) : isLast ? fit : padEnd(fit, width);
    return at === 0 ? aligned : GAP + aligned;
  });
}

/** Cut to a width, where there is one. */
export function fitted(text: string, width: number | undefined, ascii: boolean): string {
  const cut = width === undefined ? text : truncate(text, width);
  // In ASCII the sign for what was cut takes three cells.
  return ascii && width !== undefined && cut !== text ? asciiSigns(truncate(text, width - 2)) : cut;
}
