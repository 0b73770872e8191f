/** Lengths of time of steps, as a person types them: `100ms`, `1.5s`, `2m`. */
import type { Ns } from "../jobscope/model/document-units.js";
import { UsageError } from "./usage-error.js";

const UNITS: Readonly<Record<string, Ns>> = {
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** `option`: how it was given, for the message. @throws UsageError */
export function shortDuration(text: string, option: string): Ns {
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d{1,6})?)(us|ms|s|m|h)?$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number(count) === 0) return 0;
  if (Number.isNaN(length))
    throw new UsageError(
      `${option}=${text} is not a length of time: write it like 100ms, 1.5s or 2m`,
    );
  return Math.round(length);
}
