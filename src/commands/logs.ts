/** `jobtrace logs <id>`: every log line of a job, all attempts, in order. */
import type { JobLookup, UnknownJob } from "../jobscope/inspect/job-lookup.js";
import { logLines } from "../jobscope/inspect/logs-text.js";
import {
  type JobLogLines,
  readLogLines,
  readLooseLogLines,
} from "../jobscope/inspect/read-log-lines.js";
import { safeJson, safeText } from "../jobscope/inspect/safe-text.js";
import { TIME_FORMS, type View } from "../jobscope/inspect/view.js";
import { countText } from "../jobscope/model/count-text.js";
import type { LogLineDocument } from "../jobscope/model/logs/log-line-document.js";
import { SEVERITY_NAMES, severityOfName } from "../jobscope/model/logs/severity.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { explain, ID_HELP, ID_OPTIONS, lookUp, wantedJob } from "./find-job.js";
import { openReader } from "./open-store.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";
import { VIEW_HELP, VIEW_OPTIONS, viewOf } from "./view-options.js";

const LOGS_HELP = `jobtrace logs <id>: every log line of a job, all attempts, in order

  jobtrace logs 8f3c1d0a
  jobtrace logs 8f3c1d0a --attempt=2 --severity=warn
  jobtrace logs 8f3c1d0a --json | jq -r .text

A line belongs to a job by the span that it was written in, or because it names the jid, as
Sidekiq's own lines do. The first column is the attempt. ~ marks a line that is no attempt's,
because it only names the job or lies outside of every attempt; its time counts from the attempt
that it lies nearest to.

${ID_HELP}  --attempt=N            a number, first or last; lines marked ~ go with the attempt that they lie
                         nearest to
  --severity=warn        trace, debug, info, warn, error or fatal, and graver
  --full                 whole lines, attributes, backtraces
  --json                 one object a line, jobtrace.log-line/v1
  --time=offset          offset, clock or delta
${VIEW_HELP}`;

export const logsCommand: Command = {
  name: "logs",
  help: LOGS_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...ID_OPTIONS,
    attempt: { takes: "text", offers: ["first", "last", "all"] },
    severity: { takes: "text", offers: SEVERITY_NAMES },
    full: { takes: "flag" },
    time: { takes: "text", offers: TIME_FORMS },
  },
  takes: "words",
  offers: "jobs",
  run: logs,
};

async function logs(line: CommandLine, context: Context): Promise<ExitCode> {
  const wanted = wantedJob(line, "logs <jid>");
  const asked = { attempt: attemptOf(line), severity: severityOf(line) };
  const full = line.flag("full");
  const time = SETTINGS.time.of(line, context);
  const view: View = { ...viewOf(line, context), time, brief: false, full, attempt: undefined };
  const reader = openReader(line, context);
  try {
    const found = await lookUp(reader, wanted, { line, view, context });
    const lines = await read(reader, found, wanted.text);
    if (lines !== undefined) return show(lines, asked, { line, view, context });
    // The id led to a job that retention took meanwhile.
    const missing = found.kind === "found" ? unknownJob(wanted.text) : found;
    return await explain(reader, missing, { line, view, context });
  } finally {
    await reader.close();
  }
}

/** Of a job with spans, else of a jid that only log lines name; undefined: neither is there, or the id is ambiguous. */
async function read(
  reader: JobStoreReader,
  found: JobLookup,
  text: string,
): Promise<JobLogLines | undefined> {
  if (found.kind === "found") return readLogLines(reader, found.jid);
  return found.kind === "unknown" ? readLooseLogLines(reader, text) : undefined;
}

function unknownJob(id: string): UnknownJob {
  return { kind: "unknown", id };
}

interface Asked {
  readonly attempt: number | "first" | "last" | undefined;
  /** The least number that is shown. */
  readonly severity: number | undefined;
}

function attemptOf(line: CommandLine): Asked["attempt"] {
  const text = line.text("attempt");
  if (text === undefined || text === "all") return undefined;
  if (text === "first" || text === "last") return text;
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`--attempt=${text} is not a number from 1, first, last or all`);
  return Number(text);
}

function severityOf(line: CommandLine): number | undefined {
  const text = line.text("severity");
  if (text === undefined) return undefined;
  const number = severityOfName(text);
  if (number === null)
    throw new UsageError(`--severity=${text} is not one of ${SEVERITY_NAMES.join(", ")}`);
  return number;
}

interface Shown {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

function show(found: JobLogLines, asked: Asked, { line, view, context }: Shown): ExitCode {
  const wanted = attemptWanted(found, asked.attempt);
  const ofAttempt = found.lines.filter(
    ({ nearest_attempt: nearest }) => wanted === undefined || nearest === wanted,
  );
  const lines = ofAttempt.filter((each) => isGraveEnough(each, asked.severity));
  if (line.flag("json")) for (const each of lines) context.print(safeJson(each));
  else if (found.lines.length === 0) for (const text of noLogs(found)) context.print(text);
  else for (const text of logLines(lines, view)) context.print(text);
  if (!line.flag("quiet"))
    for (const text of notes(found, ofAttempt, lines, asked)) context.note(text);
  return EXIT.done;
}

/** @throws UsageError when the job has no such attempt. */
function attemptWanted({ document }: JobLogLines, attempt: Asked["attempt"]): number | undefined {
  if (attempt === undefined) return undefined;
  const attempts = document?.attempts ?? [];
  const found =
    attempt === "first"
      ? attempts[0]
      : attempt === "last"
        ? attempts.at(-1)
        : attempts.find(({ number }) => number === attempt);
  if (found !== undefined) return found.number;
  const count = attempts.length;
  throw new UsageError(
    `--attempt=${attempt}: ${count} ${count === 1 ? "attempt was" : "attempts were"} recorded`,
  );
}

function isGraveEnough(
  { severity_number: own }: LogLineDocument,
  least: number | undefined,
): boolean {
  return least === undefined || (own !== null && own >= least);
}

/** What to add, where nothing was received. */
function noLogs({ document }: JobLogLines): readonly string[] {
  const jid = safeText(document?.job.jid ?? "");
  return [
    `No log line of ${jid} was received.`,
    "A Ruby process sends its logs with these in the Gemfile, next to the other OpenTelemetry gems:",
    "  gem 'opentelemetry-logs-sdk'",
    "  gem 'opentelemetry-exporter-otlp-logs'",
    "  gem 'opentelemetry-instrumentation-logger'",
    "and OTEL_EXPORTER_OTLP_ENDPOINT as it is for spans. A line is then shown in the job whose span it was written in.",
  ];
}

function notes(
  { document, lines: all, omitted }: JobLogLines,
  ofAttempt: readonly LogLineDocument[],
  shown: readonly LogLineDocument[],
  { severity }: Asked,
): readonly string[] {
  const unknown = ofAttempt.filter(({ severity_number: own }) => own === null).length;
  return [
    document === undefined ? "no span of this jid was received; these lines name it" : "",
    severity !== undefined && unknown > 0
      ? `${linesText(unknown)} without a severity ${unknown === 1 ? "is" : "are"} not shown`
      : "",
    all.length > 0 && shown.length === 0 ? `none of ${linesText(all.length)} is as asked for` : "",
    omitted > 0
      ? `${linesText(omitted)} more of this job ${omitted === 1 ? "is" : "are"} not read`
      : "",
  ].filter(Boolean);
}

function linesText(count: number): string {
  return `${countText(count)} ${count === 1 ? "line" : "lines"}`;
}
