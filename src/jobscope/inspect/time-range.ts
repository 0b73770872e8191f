/** Two points in time as short as they can be told: dates only where they are not today's, or stand in a pipe. */
import type { Instant } from "../model/document-units.js";
import type { ListView } from "./job-list-text.js";
import { formatClock, formatDate } from "./time-words.js";

type ClockView = Pick<ListView, "zone" | "today" | "width">;

/** `at 09:14:58`, `09:13:32 to 09:14:58`. */
export function rangeText(first: Instant, last: Instant, view: ClockView): string {
  const from = pointText(first, view);
  return from === pointText(last, view)
    ? `at ${from}`
    : `${from} to ${laterText(first, last, view)}`;
}

/** `last` without a date that `first` has as well. */
export function laterText(first: Instant, last: Instant, view: ClockView): string {
  const [from, to] = [formatDate(first, view.zone), formatDate(last, view.zone)];
  return from === to ? formatClock(last, view.zone) : `${to} ${formatClock(last, view.zone)}`;
}

function pointText(at: Instant, { zone, today, width }: ClockView): string {
  const date = formatDate(at, zone);
  const clock = formatClock(at, zone);
  return width !== undefined && date === today ? clock : `${date} ${clock}`;
}
