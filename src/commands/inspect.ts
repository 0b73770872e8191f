/** `jobtrace inspect <id>`: one job, as a timeline. */
import { type JobLookup, lookUpJob, lookUpTrace } from "../jobscope/inspect/job-lookup.js";
import { jobLines } from "../jobscope/inspect/job-text.js";
import {
  ambiguousLines,
  errorDocument,
  nearestIds,
  unknownLines,
} from "../jobscope/inspect/lookup-text.js";
import { safeJsonParts } from "../jobscope/inspect/json-parts.js";
import { readJobAndLogs } from "../jobscope/inspect/read-job.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import type { View } from "../jobscope/inspect/view.js";
import { arrangeDocument } from "../jobscope/model/arrange/arrange-document.js";
import type { Arrangement } from "../jobscope/model/arrange/arrangement.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { ARRANGE_HELP, ARRANGE_OPTIONS, arrangementOf } from "./arrange-options.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { GRAPH_OPTIONS, graphForm, showGraph } from "./inspect-graph.js";
import { openReader } from "./open-store.js";
import { printAll } from "./print-all.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";
import { VIEW_OPTIONS, viewOf } from "./view-options.js";

const INSPECT_HELP = `jobtrace inspect <id>: what one job did, as a timeline

  jobtrace inspect 8f3c1d0a9b7e4c2d51f0a6e3      a jid
  jobtrace inspect 8f3c                          the beginning of one, 4 characters or more
  jobtrace inspect 8f3c --attempt=3              another attempt's timeline
  jobtrace inspect 8f3c --json | jq .effects     for scripts
  jobtrace inspect 'jid=8f3c1d0a9b7e4c2d51f0a6e3 done: 0.03'    a pasted log line

An id may also be an ActiveJob id, a trace id or the trace id of the job in Jaeger.

  --job-id=ID            the same as <id>
  --trace-id=ID          the jobs with spans in this trace
  --attempt=N            a number, first, last or all
  --brief                header and steps only
${ARRANGE_HELP}  --logs                 log lines among the steps; ~ marks those that are no attempt's
  --json                 one document, jobtrace.job/v1; log lines are in it with --logs
  --graph                what ran inside what, and who enqueued whom; --graph=dot, mermaid or json
  --depth=6              levels of enqueued jobs that a graph shows
  --steps                with --graph=dot: also what ran inside the job
  --time=offset          offset, clock or delta
  --exit-status          exit 5 unless the job completed
  --store=DIR            where the store is (JOBTRACE_STORE)
  --width=N              columns, or none; piped output is never cut
  --color=auto           auto, always or never
  --ascii                no signs outside ASCII
  --tz=UTC               UTC, local or a zone; local on a terminal
  -q, --quiet            no notes
`;

export const inspectCommand: Command = {
  name: "inspect",
  help: INSPECT_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...GRAPH_OPTIONS,
    "no-fold": { takes: "flag" },
    "job-id": { takes: "text" },
    "trace-id": { takes: "text" },
    attempt: { takes: "text" },
    brief: { takes: "flag" },
    ...ARRANGE_OPTIONS,
    logs: { takes: "flag" },
    time: { takes: "text" },
    "exit-status": { takes: "flag" },
  },
  takes: "words",
  run: inspect,
};

async function inspect(line: CommandLine, context: Context): Promise<ExitCode> {
  const arrangement = arrangementOf(line);
  const view = inspectView(line, context, arrangement);
  const traceId = line.text("trace-id");
  const id = idOf(line);
  const form = graphForm(line);
  const reader = openReader(line, context);
  try {
    const found =
      traceId === undefined ? await lookUpJob(reader, id) : await lookUpTrace(reader, traceId);
    if (found.kind !== "found") return await explain(found, { reader, line, view, context });
    const read = await readJobAndLogs(reader, found.jid, { orphans: true, full: view.full });
    if (read === undefined)
      return await explain({ kind: "unknown", id: found.jid }, { reader, line, view, context });
    const { document } = read;
    if (form !== undefined) {
      checkAttempt(document, view);
      await showGraph(reader, document, { form, line, view, context });
    } else {
      const logs = view.logs === true ? read.logs() : [];
      await show(arrangeDocument(document, arrangement, logs), { line, view, context });
    }
    return line.flag("exit-status") && document.job.state !== "completed"
      ? EXIT.notCompleted
      : EXIT.done;
  } finally {
    await reader.close();
  }
}

function idOf(line: CommandLine): string {
  const [first, ...more] = line.positionals;
  const id = line.text("job-id") ?? first;
  if (line.text("trace-id") !== undefined) return "";
  if (id === undefined)
    throw new UsageError("which job? jobtrace inspect <jid>; jobtrace list shows the newest");
  // A pasted log line is several words.
  return [id, ...more].join(" ");
}

function inspectView(line: CommandLine, context: Context, arrangement: Arrangement): View {
  const attempt = line.text("attempt");
  if (attempt !== undefined && !/^(?:[1-9]\d{0,5}|first|last|all)$/.test(attempt)) {
    throw new UsageError(`--attempt=${attempt} is not a number from 1, first, last or all`);
  }
  return {
    ...viewOf(line, context),
    time: SETTINGS.time.of(line, context),
    brief: line.flag("brief"),
    full: line.flag("full"),
    // Who asks for that kind asks for the lines.
    logs: line.flag("logs") || arrangement.only?.includes("log") === true,
    attempt:
      attempt === "first" || attempt === "last" || attempt === "all"
        ? attempt
        : attempt && Number(attempt)
          ? Number(attempt)
          : undefined,
  };
}

interface Shown {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

function checkAttempt(document: JobDocument, { attempt }: View): void {
  if (typeof attempt === "number" && attempt > document.attempts.length) {
    const count = document.attempts.length;
    throw new UsageError(
      `--attempt=${attempt}: ${count} ${count === 1 ? "attempt was" : "attempts were"} recorded`,
    );
  }
}

async function show(document: JobDocument, { line, view, context }: Shown): Promise<void> {
  checkAttempt(document, view);
  if (line.flag("json")) await printAll(safeJsonParts(document), context);
  else {
    await printAll(jobLines(document, view), context);
    const page = jaegerPage(document, SETTINGS.jaegerUi.of(line, context));
    if (page !== undefined && !view.brief) context.print(`Jaeger:  ${page}`);
  }
}

/** The job's trace there, as `serve --forward` sends it; undefined: nobody said where Jaeger's pages are. */
function jaegerPage({ job }: JobDocument, page: string | undefined): string | undefined {
  return page === undefined ? undefined : `${page}/trace/${job.ids.job_trace_id}`;
}

async function explain(
  found: Exclude<JobLookup, { kind: "found" }>,
  { reader, line, view, context }: Shown & { readonly reader: JobStoreReader },
): Promise<ExitCode> {
  const code = found.kind === "ambiguous" ? EXIT.ambiguous : EXIT.no;
  const near = found.kind === "unknown" ? await nearestIds(reader, found.id) : [];
  if (line.flag("json")) {
    context.note(safeJson(errorDocument(found, near, code)));
    return code;
  }
  const lines =
    found.kind === "ambiguous"
      ? ambiguousLines(found, view)
      : unknownLines(found, near, await reader.info(), view);
  for (const text of lines) context.note(text);
  return code;
}
