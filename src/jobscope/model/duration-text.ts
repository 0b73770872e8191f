/** Lengths of time as people read them. All arithmetic is on integer nanoseconds; nothing here looks at a clock. */
import type { Ns } from "./document-units.js";

const MS = 1_000_000;
const SECOND = 1_000_000_000;
const MINUTE = 60 * SECOND;

/** Since the job's start, rounded down: `25ms`, `1.25s`, `3m12s`, `2h05m`. A span may begin before its job: `-3ms`. */
export function formatOffset(offset: Ns): string {
  return offset < 0 ? `-${format(-offset, Math.ceil)}` : format(offset, Math.floor);
}

/** Rounded half up; under a millisecond `<1ms`. A negative one, which only wrong clocks make, is `?`. */
export function formatDuration(duration: Ns): string {
  if (duration < 0) return "?";
  return duration < MS ? "<1ms" : format(duration, (value) => Math.floor(value + 0.5));
}

/** How long until something is due, in the words it was said in: `5m`, `1m30s`, `2h`. Rounded to seconds. */
export function formatDelay(delay: Ns): string {
  const seconds = Math.max(0, Math.round(delay / SECOND));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ];
  const told = parts.filter(([count]) => count > 0).slice(0, 2);
  return told.length === 0 ? "0s" : told.map(([count, unit]) => `${count}${unit}`).join("");
}

function format(nanos: Ns, round: (value: number) => number): string {
  if (round(nanos / MS) < 1000) return `${round(nanos / MS)}ms`;
  const hundredths = round(nanos / (10 * MS));
  if (hundredths < 6000) return `${(hundredths / 100).toFixed(2)}s`;
  const seconds = round(nanos / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${twoDigits(seconds % 60)}s`;
  const minutes = round(nanos / MINUTE);
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
