/** Lengths of time as a person types and reads them in options: `30d`, `12h`, `90m`, `15s`. */
import { type DurationNano, durationNano, NANOS_PER_SECOND } from "../jobscope/model/time.js";
import { UsageError } from "./usage-error.js";

/** Largest first, so that a length is written in the fewest digits. */
const UNITS: readonly (readonly [unit: string, seconds: bigint])[] = [
  ["d", 86_400n],
  ["h", 3600n],
  ["m", 60n],
  ["s", 1n],
];

/** A whole number above 0 and one unit; undefined for anything else. Six digits of days are 2,700 years, so more is a slip. */
export function parseDuration(text: string): DurationNano | undefined {
  const [, count = "0", unit] = /^(\d{1,6})([dhms])$/.exec(text) ?? [];
  const seconds = UNITS.find(([each]) => each === unit)?.[1];
  if (seconds === undefined || Number(count) === 0) return undefined;
  return durationNano(BigInt(count) * seconds * NANOS_PER_SECOND);
}

/** `option`: how it was given, for the message. @throws UsageError */
export function durationOption(text: string, option: string): DurationNano {
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new UsageError(
      `${option}=${text} is not a length of time: write it like 30d, 12h or 90m`,
    );
  return duration;
}

/** In the largest unit that gives a whole number: `30d`, `36h`. Parts of a second are left off. */
export function durationText(duration: DurationNano): string {
  const whole = duration / NANOS_PER_SECOND;
  const [unit, seconds] = UNITS.find(([, each]) => whole % each === 0n) ?? ["s", 1n];
  return `${whole / seconds}${unit}`;
}
