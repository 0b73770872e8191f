/** The result of a kill run for people. */
import type { PhaseResult } from "./run-kills.js";

const COLUMNS: readonly (readonly [string, keyof PhaseResult])[] = [
  ["kills", "kills"],
  ["before ready", "early"],
  ["acknowledged", "acknowledged"],
  ["torn tails met", "torn"],
  ["lost", "lost"],
  ["twice", "twice"],
  ["failed openings", "failedOpenings"],
];

const NAME_WIDTH = 14;

export function killTable(phases: ReadonlyMap<string, PhaseResult>): string {
  const head = ["".padEnd(NAME_WIDTH), ...COLUMNS.map(([title]) => title)].join("  ");
  const line = (name: string, of: (key: keyof PhaseResult) => number): string =>
    [
      name.padEnd(NAME_WIDTH),
      ...COLUMNS.map(([title, key]) => String(of(key)).padStart(title.length)),
    ].join("  ");
  const results = [...phases.values()];
  return [
    head,
    ...[...phases].map(([name, result]) => line(name, (key) => result[key])),
    line("all", (key) => results.reduce((sum, result) => sum + result[key], 0)),
  ].join("\n");
}
