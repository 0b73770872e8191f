/** Sizes as a person reads them; byte-size.ts reads what a person types. */
const UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
];

/** Three figures, rounded: `999 B`, `1.2 kB`, `93.1 MB`, `20 GB`. */
export function sizeText(bytes: number): string {
  // Half a unit of the last figure below the next unit, 999.6 kB is 1 MB and not 1000 kB.
  const [unit, factor] = UNITS.find(([, each]) => bytes >= each * 0.9995) ?? ["B", 1];
  return `${Number((bytes / factor).toPrecision(3))} ${unit}`;
}
