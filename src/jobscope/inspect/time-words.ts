/** Times as people read them. All arithmetic is on integer nanoseconds; nothing here looks at a clock. */
import type { Instant } from "../model/document-units.js";

export { formatDuration, formatOffset } from "../model/duration-text.js";

/** Whole from 10% on, one decimal below. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent >= 9.95 ? Math.round(percent) : percent.toFixed(1)}%`;
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
