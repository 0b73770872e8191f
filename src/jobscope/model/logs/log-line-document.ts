/**
 * A log line as `jobtrace logs --json` and every other view has it: `jobtrace.log-line/v1`. Every key is always present;
 * names are snake_case because they are the JSON's.
 */
import { attributesJson, valueJson } from "../attributes-json.js";
import type { Instant, Ns } from "../document-units.js";
import type { ErrorInfo } from "../error-document.js";
import { errorOfEvent } from "../errors/error-info.js";
import type { Attempt, JobDocument } from "../job-document.js";
import { type Attributes, textAttribute } from "../span.js";
import { formatInstant, unixNano } from "../time.js";
import type { LogLine, LogTie } from "./log-line.js";
import { type LogPlace, placeOf, type PlacedAttempt, placedAttempts } from "./place-logs.js";
import { severityName, severityNumber } from "./severity.js";
import type { AttemptTrace, JobTrace } from "../job-trace.js";

export interface LogLineDocument {
  readonly schema: "jobtrace.log-line/v1";
  readonly jid: string;
  /** The attempt whose line it is; null: it is tied to the job only, or lies outside of every attempt. */
  readonly attempt: number | null;
  /** The attempt that `offset_ns` counts from; null: none was recorded. */
  readonly nearest_attempt: number | null;
  readonly tied_by: LogTie;
  /** When it was written, else when it was observed. */
  readonly at: Instant | null;
  readonly observed_at: Instant | null;
  readonly offset_ns: Ns | null;
  /** As its logger wrote it, else the name of its number. */
  readonly severity: string | null;
  /** OpenTelemetry's, 1 to 24. */
  readonly severity_number: number | null;
  /** The body as one text, without colours; of a map, a list or bytes its JSON. */
  readonly text: string;
  readonly body: unknown;
  readonly event_name: string | null;
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly service: string | null;
  readonly scope: { readonly name: string; readonly version: string | null } | null;
  /** Of the `exception.*` attributes. */
  readonly exception: ErrorInfo | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The lines of a job in time order; those without any time come last. `document`: of the same trace. */
export function logLineDocuments(
  trace: JobTrace,
  document: JobDocument,
): readonly LogLineDocument[] {
  return linesOf(trace.logs?.lines ?? [], document.job.jid, trace.attempts, document.attempts);
}

/** Of a job of which no span is known. */
export function looseLogLines(lines: readonly LogLine[], jid: string): readonly LogLineDocument[] {
  return linesOf(lines, jid, [], []);
}

function linesOf(
  lines: readonly LogLine[],
  jid: string,
  traces: readonly AttemptTrace[],
  attempts: readonly Attempt[],
): readonly LogLineDocument[] {
  const placed = placedAttempts(traces, attempts);
  return lines
    .map((line) => ({ line, time: line.time ?? line.observed }))
    .sort((a, b) => {
      if (a.time === b.time) return 0;
      if (a.time === undefined || b.time === undefined) return a.time === undefined ? 1 : -1;
      return a.time < b.time ? -1 : 1;
    })
    .map(({ line }) => lineDocument(line, jid, placed));
}

function lineDocument(
  line: LogLine,
  jid: string,
  attempts: readonly PlacedAttempt[],
): LogLineDocument {
  const { severityText, scope, attributes } = line;
  const time = line.time ?? line.observed;
  const place: LogPlace = placeOf(line, attempts);
  const body = valueJson(line.body);
  return {
    schema: "jobtrace.log-line/v1",
    jid,
    attempt: place.attempt,
    nearest_attempt: place.nearest,
    tied_by: line.tie,
    at: time === undefined ? null : formatInstant(time),
    observed_at: line.observed === undefined ? null : formatInstant(line.observed),
    offset_ns: place.offset,
    severity: severityName(line.severityNumber, severityText),
    severity_number: severityNumber(line.severityNumber, severityText),
    text: textOf(body, line.eventName),
    body,
    event_name: line.eventName === "" ? null : line.eventName,
    trace_id: line.traceId ?? null,
    span_id: line.spanId ?? null,
    service: textAttribute(line.resource, "service.name") ?? null,
    scope:
      scope.name === ""
        ? null
        : { name: scope.name, version: scope.version === "" ? null : scope.version },
    exception: exceptionOf(attributes, time ?? unixNano(0n)),
    attributes: attributesJson(attributes),
  };
}

/** What paints the text of a terminal; Rails writes it around its statements. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");

/** An event has a name and often no body. */
function textOf(body: unknown, eventName: string): string {
  if (typeof body === "string") return body.replace(COLOUR, "").trimEnd();
  return body === null ? eventName : JSON.stringify(body);
}

function exceptionOf(attributes: Attributes, time: ReturnType<typeof unixNano>): ErrorInfo | null {
  const isThere = ["exception.type", "exception.message"].some(
    (key) => textAttribute(attributes, key) !== undefined,
  );
  return isThere ? errorOfEvent({ name: "exception", attributes, time }) : null;
}
