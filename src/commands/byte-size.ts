/** Sizes as people write them on a command line: `64MiB`, `20GB`, `4096`. */
import { UsageError } from "./usage-error.js";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes. `option`: how it was given, for the message. @throws UsageError */
export function byteSize(text: string, option: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (number !== "" && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError(`${option}=${text} is not a size: write it like 64MiB or 20GB`);
}
