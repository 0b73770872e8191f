/**
 * A job's log lines as text: attempt, time, severity, what was written.
 *
 * A line that is no attempt's, because it only names the job or lies outside of every attempt, is marked `~` and told from
 * the attempt that it lies nearest to.
 */
import type { LogLineDocument } from "../model/logs/log-line-document.js";
import { displayWidth, padEnd, truncate } from "./layout.js";
import { asciiSigns, safeText } from "./safe-text.js";
import { formatClock, formatOffset } from "./time-words.js";
import type { View } from "./view.js";

/** What an ordinary line shows of a severity, and its width. */
const NO_SEVERITY = "-";
const SEVERITY_WIDTH = 5;

/** OpenTelemetry's first number of ERROR. */
const ERROR_NUMBER = 17;
const WARN_NUMBER = 13;

export function logLines(lines: readonly LogLineDocument[], view: View): readonly string[] {
  const attempts = lines.map(attemptOf);
  const times = timesOf(lines, view);
  const severities = lines.map(({ severity }) => safeText(severity ?? NO_SEVERITY));
  const widths = [attempts, times, severities].map(widest);
  const texts = lines.flatMap((line, at) => {
    const head = [
      padEnd(attempts[at] ?? "", widths[0] ?? 0),
      ` ${padEnd(times[at] ?? "", widths[1] ?? 0)}`,
      `  ${padEnd(severities[at] ?? "", Math.max(SEVERITY_WIDTH, widths[2] ?? 0))}  `,
    ] as const;
    const margin = head.reduce((sum, part) => sum + displayWidth(part), 0);
    const [attempt, time, severity] = head;
    const [text = "", ...more] = line.text.split(/\r?\n/).map((each) => fitted(each, margin, view));
    return [
      `${attempt}${view.style.dim(time)}${painted(severity, line, view)}${text}`.trimEnd(),
      ...more.map((each) => (" ".repeat(margin) + each).trimEnd()),
      ...below(line, " ".repeat(margin), view),
    ];
  });
  return view.ascii ? texts.map(asciiSigns) : texts;
}

/** `1`; `~1` near attempt 1; `~` where there is none. */
function attemptOf({ attempt, nearest_attempt: nearest }: LogLineDocument): string {
  return attempt === null ? `~${nearest ?? ""}` : String(attempt);
}

function timesOf(lines: readonly LogLineDocument[], view: View): readonly string[] {
  let previous: LogLineDocument | undefined;
  return lines.map((line) => {
    const time = timeOf(line, previous, view);
    previous = line;
    return `[${time}]`;
  });
}

/** Without an attempt to count from, or asked for, the time of day. */
function timeOf(line: LogLineDocument, previous: LogLineDocument | undefined, view: View): string {
  if (line.at === null) return "?";
  if (view.time === "clock" || line.offset_ns === null)
    return formatClock(line.at, view.zone, true);
  if (view.time === "offset") return formatOffset(line.offset_ns);
  return `+${formatOffset(Math.max(0, nanosBetween(previous?.at ?? line.at, line.at)))}`;
}

/** Of two RFC 3339 times with nine decimals; a day or a year apart it is exact enough to be shown. */
function nanosBetween(from: string, to: string): number {
  const seconds = (at: string): number => Date.parse(`${at.slice(0, 19)}Z`) / 1000;
  const nanos = (at: string): number => Number(at.slice(20, 29));
  return (seconds(to) - seconds(from)) * 1e9 + nanos(to) - nanos(from);
}

function painted(
  severity: string,
  { severity_number: number }: LogLineDocument,
  view: View,
): string {
  if (number === null || number < WARN_NUMBER) return view.style.dim(severity);
  return number < ERROR_NUMBER ? view.style.doubt(severity) : view.style.error(severity);
}

function below(line: LogLineDocument, margin: string, view: View): readonly string[] {
  const { exception, attributes } = line;
  const lines: string[] = [];
  if (exception !== null) {
    const message = exception.message === "" ? "" : `: ${exception.message}`;
    lines.push(
      view.style.error(margin + fitted(`✗ ${exception.class}${message}`, margin.length, view)),
    );
  }
  if (!view.full) return lines;
  for (const { file, line: number, method } of exception?.backtrace ?? []) {
    const where = `${file}:${number ?? "?"}${method === null ? "" : ` in '${method}'`}`;
    lines.push(view.style.dim(margin + fitted(where, margin.length, view)));
  }
  const facts: (readonly [string, unknown])[] = [
    ["trace_id", line.trace_id],
    ["span_id", line.span_id],
    ["event_name", line.event_name],
    ["scope", line.scope?.name ?? null],
    ...Object.entries(attributes).filter(([key]) => key !== "exception.stacktrace"),
  ];
  for (const [key, value] of facts) {
    if (value === null) continue;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    lines.push(view.style.dim(margin + fitted(`${key}: ${text}`, margin.length, view)));
  }
  return lines;
}

function fitted(text: string, margin: number, view: View): string {
  const safe = safeText(text);
  return view.width === undefined || view.full ? safe : truncate(safe, view.width - margin);
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}
