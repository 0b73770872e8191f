/** Times as people read them. All arithmetic is on integer nanoseconds; nothing here looks at a clock. */
import type { Instant, Ns } from "../model/document-units.js";

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

function format(nanos: Ns, round: (value: number) => number): string {
  if (round(nanos / MS) < 1000) return `${round(nanos / MS)}ms`;
  const hundredths = round(nanos / (10 * MS));
  if (hundredths < 6000) return `${(hundredths / 100).toFixed(2)}s`;
  const seconds = round(nanos / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${twoDigits(seconds % 60)}s`;
  const minutes = round(nanos / MINUTE);
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

/** Whole from 10% on, one decimal below. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent >= 9.95 ? Math.round(percent) : percent.toFixed(1)}%`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** "UTC", "local" or an IANA zone name. */
export type TimeZone = string;

/** `09:14:02` or, with milliseconds, `09:14:02.031`. */
export function formatClock(instant: Instant, zone: TimeZone, withMs = false): string {
  // The instant is UTC already, and Intl takes 8 ms to begin.
  if (zone === "UTC") return instant.slice(11, withMs ? 23 : 19);
  const clock = clockIn(zone).format(new Date(instant));
  return withMs ? `${clock}.${instant.slice(20, 23)}` : clock;
}

/** Making one takes longer than writing ten lines, and a timeline has one zone. */
const clocks = new Map<TimeZone, Intl.DateTimeFormat>();

function clockIn(zone: TimeZone): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    ...zoneOption(zone),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  clocks.set(zone, made);
  return made;
}

/** `2026-03-03`. */
export function formatDate(instant: Instant, zone: TimeZone): string {
  if (zone === "UTC") return instant.slice(0, 10);
  return new Intl.DateTimeFormat("sv-SE", { ...zoneOption(zone), dateStyle: "short" }).format(
    new Date(instant),
  );
}

function zoneOption(zone: TimeZone): Intl.DateTimeFormatOptions {
  return zone === "local" ? {} : { timeZone: zone };
}

export function isTimeZone(zone: string): boolean {
  if (zone === "local" || zone === "UTC") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
