/** Sizes as a person types and reads them: `20GB` is 20 × 10^9 bytes, `20GiB` is 20 × 2^30, a bare number is bytes. */

export type SizeRead =
  | { readonly kind: "size"; readonly bytes: number }
  /** `reason` names what was seen and what is expected. */
  | { readonly kind: "malformed"; readonly reason: string };

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A whole number above 0; the unit in any case, after a space or not. */
export function parseSize(text: string): SizeRead {
  const [, count = "0", unit = ""] = /^(\d{1,15}) ?([a-z]*)$/i.exec(text) ?? [];
  const name = unit.toLowerCase();
  const factor = Object.hasOwn(UNIT_BYTES, name) ? UNIT_BYTES[name] : undefined;
  const bytes = Number(count) * (factor ?? 0);
  if (bytes === 0 || !Number.isSafeInteger(bytes))
    return { kind: "malformed", reason: `${text} is not a size such as 20GB, 500MB or 20GiB` };
  return { kind: "size", bytes };
}

const READ_UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
];

/** Three figures, rounded: `999 B`, `1.2 kB`, `93.1 MB`, `20 GB`. */
export function sizeText(bytes: number): string {
  // Half a unit of the last figure below the next unit, 999.6 kB is 1 MB and not 1000 kB.
  const [unit, factor] = READ_UNITS.find(([, each]) => bytes >= each * 0.9995) ?? ["B", 1];
  return `${Number((bytes / factor).toPrecision(3))} ${unit}`;
}
