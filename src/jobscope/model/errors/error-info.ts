/** An exception as a span records it (OpenTelemetry "Exceptions on spans") → class, message, backtrace, fingerprint. */
import type { ErrorInfo, Frame } from "../error-document.js";
import { type Span, type SpanEvent, textAttribute } from "../span.js";
import { formatInstant } from "../time.js";
import { fingerprintOf } from "../titles/fingerprint.js";
import { messagePattern } from "./message-pattern.js";

/** Of a message as shown; the whole one is on the span. Characters. */
const MESSAGE_LENGTH_MAX = 200;
/** Deeper backtraces are loops. */
const FRAMES_MAX = 500;

/** The last exception of a span whose status is an error; from the status alone when no event was recorded. */
export function errorOfSpan(span: Span): ErrorInfo | null {
  const event = lastException(span);
  if (event !== undefined) return errorOfEvent(event);
  if (span.status.code !== "error") return null;
  const named = classInStatus(span);
  const errorClass = named ?? textAttribute(span.attributes, "error.type") ?? "";
  const { message } = span.status;
  if (errorClass === "" && message === "") return null;
  return errorInfo(errorClass, named === undefined ? message : "", "", formatInstant(span.end));
}

/** The class alone, "" where the span does not say. Of an error that ActiveJob handled, its own span says nothing. */
export function errorClassOf(span: Span): string {
  const event = lastException(span);
  if (event !== undefined) return textAttribute(event.attributes, "exception.type") ?? "";
  return unhandledClass(span) ?? textAttribute(span.attributes, "error.type") ?? "";
}

function lastException(span: Span): SpanEvent | undefined {
  return span.events.findLast(({ name }) => name === "exception");
}

/** opentelemetry-ruby writes the class into the status, ActiveJob's instrumentation in words of its own. */
function classInStatus(span: Span): string | undefined {
  return (
    unhandledClass(span) ?? /^Unexpected ActiveJob Error (\S+)$/.exec(span.status.message)?.[1]
  );
}

function unhandledClass({ status }: Span): string | undefined {
  return /^Unhandled exception of type: (\S+)$/.exec(status.message)?.[1];
}

export function errorOfEvent({ attributes, time }: SpanEvent): ErrorInfo {
  return errorInfo(
    textAttribute(attributes, "exception.type") ?? "",
    textAttribute(attributes, "exception.message") ?? "",
    textAttribute(attributes, "exception.stacktrace") ?? "",
    formatInstant(time),
  );
}

function errorInfo(
  errorClass: string,
  wholeMessage: string,
  stacktrace: string,
  at: string,
): ErrorInfo {
  const line = wholeMessage.split(/\r?\n/, 1)[0]?.trim() ?? "";
  return {
    class: errorClass === "" ? "(class not recorded)" : errorClass,
    message: cut(line),
    // Before it is cut: a longer id must not end it sooner.
    fingerprint: fingerprintOf("error", `${errorClass} ${cut(messagePattern(line))}`),
    backtrace: framesOf(stacktrace),
    at,
  };
}

function cut(line: string): string {
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX - 1)}…` : line;
}

/**
 * Ruby's `full_message`: `file:12:in 'Billing#charge': message (Class)`, then `\tfrom file:12:in …`. Up to 3.3 the
 * method is quoted as in `` `charge' ``.
 */
function framesOf(stacktrace: string): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of stacktrace.split("\n")) {
    const match = /^\s*(?:from )?([^\s:][^:]*):(\d+)(?::in [`']([^']+)')?/.exec(line);
    if (match === null || frames.length === FRAMES_MAX) continue;
    const [, file = "", number, method] = match;
    frames.push({ file, line: Number(number), method: method ?? null, app: isApp(file) });
  }
  return frames;
}

/** The application's own files are those that no package manager put there. */
function isApp(file: string): boolean {
  return !/(?:^|\/)(?:gems|bundle|bundler|vendor|rubygems|ruby)\/|(?:^|\/)lib\/(?:opentelemetry|sidekiq)\/|^<internal:|(?:^|\/)bin\//.test(
    file,
  );
}
