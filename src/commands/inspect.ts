/** `jobtrace inspect <id>`: one job, as a timeline. */
import { jobLines } from "../jobscope/inspect/job-text.js";
import { safeJsonParts } from "../jobscope/inspect/json-parts.js";
import { readJobAndLogs } from "../jobscope/inspect/read-job.js";
import { TIME_FORMS, type View } from "../jobscope/inspect/view.js";
import { arrangeDocument } from "../jobscope/model/arrange/arrange-document.js";
import type { Arrangement } from "../jobscope/model/arrange/arrangement.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import { ARRANGE_HELP, ARRANGE_OPTIONS, arrangementOf } from "./arrange-options.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { explain, findJid, ID_HELP, ID_OPTIONS, wantedJob } from "./find-job.js";
import { findJidToFollow, followJob } from "./inspect-follow.js";
import { GRAPH_OPTIONS, graphForm, showGraph } from "./inspect-graph.js";
import { openReader } from "./open-store.js";
import { printAll } from "./print-all.js";
import { readingRules } from "./reading-rules.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";
import { VIEW_OPTIONS, viewOf } from "./view-options.js";

const INSPECT_HELP = `jobtrace inspect <id>: what one job did, as a timeline

  jobtrace inspect 8f3c1d0a9b7e4c2d51f0a6e3      a jid
  jobtrace inspect 8f3c                          the beginning of one, 4 characters or more
  jobtrace inspect 8f3c --attempt=3              another attempt's timeline
  jobtrace inspect 8f3c --follow                 a job that is running, until it has ended
  jobtrace inspect 8f3c --json | jq .effects     for scripts
  jobtrace inspect 'jid=8f3c1d0a9b7e4c2d51f0a6e3 done: 0.03'    a pasted log line

  jobtrace inspect @last:ChargeJob               the newest of a class; also @failed and @slowest

An id may be any that leads to the job: jobtrace help ids.

${ID_HELP}  --attempt=N            a number, first, last or all
  --brief                header and steps only
${ARRANGE_HELP}  --logs                 log lines among the steps; ~ marks those that are no attempt's
  --json                 one document, jobtrace.job/v1; log lines are in it with --logs
  --graph                what ran inside what, and who enqueued whom; --graph=dot, mermaid or json
  --depth=6              levels of enqueued jobs that a graph shows
  --steps                with --graph=dot: also what ran inside the job
  --time=offset          offset, clock or delta
  -f, --follow           go on until the job has ended, also one of which nothing is received yet,
                         when its whole jid is given. What was printed stays: a step that comes
                         late begins with +. Ctrl-C ends with 0. With --json or --graph: one
                         document, at the end
  --web                  open the page of the job in a browser ($BROWSER, else the desktop's), and
                         print its address; a collector has to run: the one of JOBTRACE_SERVER, else
                         of --listen in the settings
  --exit-status          exit 5 unless the job completed
  --store=DIR            where the store is (JOBTRACE_STORE)
  --width=N              columns, or none; piped output is never cut
  --color=auto           auto, always or never
  --ascii                no signs outside ASCII
  --tz=UTC               UTC, local or a zone; local on a terminal
  --no-pager             as it is, also what is longer than the screen (JOBTRACE_PAGER, PAGER)
  -q, --quiet            no notes
`;

export const inspectCommand: Command = {
  name: "inspect",
  help: INSPECT_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...GRAPH_OPTIONS,
    "no-fold": { takes: "flag" },
    ...ID_OPTIONS,
    attempt: { takes: "text", offers: ["first", "last", "all"] },
    brief: { takes: "flag" },
    ...ARRANGE_OPTIONS,
    logs: { takes: "flag" },
    time: { takes: "text", offers: TIME_FORMS },
    "exit-status": { takes: "flag" },
    follow: { takes: "flag", short: "f" },
    web: { takes: "flag" },
  },
  takes: "words",
  offers: "jobs",
  run: inspect,
};

async function inspect(line: CommandLine, context: Context): Promise<ExitCode> {
  const arrangement = arrangementOf(line, context);
  const view = inspectView(line, context, arrangement);
  const wanted = wantedJob(line, "inspect <jid>");
  const form = graphForm(line);
  const follows = line.flag("follow");
  if (follows && view.attempt !== undefined)
    throw new UsageError("--follow shows the last attempt and those after it: leave out --attempt");
  const isForBrowser = line.flag("web");
  if (isForBrowser && (follows || form !== undefined))
    throw new UsageError("--web opens the page of a job: leave out --follow and --graph");
  const reader = openReader(line, context);
  try {
    const find = follows ? findJidToFollow : findJid;
    const found = await find(reader, wanted, { line, view, context });
    if (found.kind === "none") return found.code;
    if (isForBrowser) {
      const { openJobPage } = await import("./inspect-web.js");
      return await openJobPage(found.jid, { line, view, context });
    }
    const prints = !line.flag("json") && form === undefined;
    const followed = follows
      ? await followJob(reader, found.jid, { line, view, context, arrangement, prints })
      : undefined;
    if (followed?.kind === "interrupted") return interrupted(line, prints);
    const rules = readingRules(line, context);
    const read =
      followed?.read ??
      (await readJobAndLogs(reader, found.jid, { rules, orphans: true, full: view.full }));
    // Retention took it between the two questions.
    if (read === undefined)
      return await explain(reader, { kind: "unknown", id: found.jid }, { line, view, context });
    const { document } = read;
    if (form !== undefined) {
      checkAttempt(document, view);
      await showGraph(reader, document, { form, line, view, context });
    } else if (followed?.isTold === true) printPage(document, { line, view, context });
    else {
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

/** What was printed until then was wanted; a document that was not printed was wanted, too. */
function interrupted(line: CommandLine, prints: boolean): ExitCode {
  if (!prints) return EXIT.interrupted;
  return line.flag("exit-status") ? EXIT.notCompleted : EXIT.done;
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
    printPage(document, { line, view, context });
  }
}

function printPage(document: JobDocument, { line, view, context }: Shown): void {
  const page = jaegerPage(document, SETTINGS.jaegerUi.of(line, context));
  if (page !== undefined && !view.brief) context.print(`Jaeger:  ${page}`);
}

/** The job's trace there, as `serve --forward` sends it; undefined: nobody said where Jaeger's pages are. */
function jaegerPage({ job }: JobDocument, page: string | undefined): string | undefined {
  return page === undefined ? undefined : `${page}/trace/${job.ids.job_trace_id}`;
}
