/** One measured figure beside the bar it is held against. */
import { printTable } from "./table.js";

export interface Figure {
  readonly what: string;
  readonly measured: string;
  /** What was aimed for, in words; "" where the figure only informs. */
  readonly bar: string;
  /** undefined: there is no bar. */
  readonly isMet: boolean | undefined;
}

/** A figure that must stay below `max`. `digits`: after the point. */
export function atMost(what: string, value: number, max: number, unit: string, digits = 1): Figure {
  const measured = `${value.toFixed(digits)} ${unit}`;
  return { what, measured, bar: `≤ ${max} ${unit}`, isMet: value <= max };
}

export function inform(what: string, measured: string): Figure {
  return { what, measured, bar: "", isMet: undefined };
}

export function printFigures(figures: readonly Figure[]): void {
  printTable("Figures and bars", [
    ["", "measured", "bar", ""],
    ...figures.map(({ what, measured, bar, isMet }) => [
      what,
      measured,
      bar,
      isMet === undefined ? "" : isMet ? "met" : "missed",
    ]),
  ]);
}
