/** `jobtrace export`: jobs as files that other tools read. */
import type { ExportedJob } from "../jobscope/export/export-format.js";
import {
  EXPORT_FORMAT_NAMES,
  EXPORT_FORMATS,
  type ExportFormatName,
} from "../jobscope/export/formats.js";
import { jobsNewestFirst } from "../jobscope/inspect/job-list.js";
import { createJobsReader } from "../jobscope/inspect/read-jobs.js";
import { PLAIN } from "../jobscope/inspect/style.js";
import type { View } from "../jobscope/inspect/view.js";
import { countText } from "../jobscope/model/count-text.js";
import { type Jid, parseJid } from "../jobscope/model/ids.js";
import { keepBatches } from "../jobscope/store/keep-batches.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import { keepSpans } from "../processor/kept-spans.js";
import { SCAN_EACH_TIME } from "../processor/span-source.js";
import type { Command } from "./command.js";
import { type CommandLine, nearest } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { readExportedJob, type ReadExportOptions } from "./exported-jobs.js";
import { anyId, findJid, ID_HELP, ID_OPTIONS, type WantedJob } from "./find-job.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { newSpans } from "./new-spans.js";
import { openReader } from "./open-store.js";
import { openOutput } from "./output.js";
import { createProgress, type Progress } from "./progress.js";
import { readingRules } from "./reading-rules.js";
import { UsageError } from "./usage-error.js";
import { VIEW_OPTIONS, viewOf } from "./view-options.js";

const EXPORT_HELP = `jobtrace export <id>... --format=FORMAT: jobs as files for other tools

  jobtrace export 8f3c1d0a --format=jaeger -o job.json
  jobtrace export 8f3c1d0a --format=md | pbcopy                for a ticket
  jobtrace export 8f3c1d0a 5d0e44a1 --format=otlp-json -o bug.jsonl
  jobtrace export --class='Send*' --since=1h --format=otlp-json | gzip > jobs.jsonl.gz
  jobtrace import jobs.jsonl.gz --store=/tmp/elsewhere         and back

  otlp-json    every span and log line as received, and who enqueued the job; one OTLP request
               a line: for any OTLP tool, for bug reports, for jobtrace import
  jaeger       one trace for each job, for "Upload" on Jaeger's search page
  chrome       for ui.perfetto.dev and chrome://tracing: waits, attempts, what ran side by side
  speedscope   for speedscope.app: where the time of each attempt went
  rspec        a spec that runs the job with its arguments, stubs its HTTP calls, expects its
               effects; pending, with the reason, where something was not recorded
  md           Markdown: the incident checklist and the timeline

Which jobs: ids as for inspect, one word each; or filters as for list, then all that match,
newest first.

${ID_HELP}${JOB_FILTER_HELP}  --limit=N              at most so many of them
  -f, --format=FORMAT    ${EXPORT_FORMAT_NAMES.join(", ")}
  --attempt=N            only this one: a number, first, last or all
  --job-trace            otlp-json as serve --forward sends the job: one trace, under its own id
  --redact               ? in place of values: of SQL, arguments, queries of URLs, messages;
                         rspec and md do so unless told --no-redact, where there are any
  -o, --output=FILE      written whole or not at all; without it, standard output
  --store=DIR            the store to read (JOBTRACE_STORE)
  --width, --ascii, --tz: of md, as for inspect, but in UTC and uncut unless told otherwise
  -q, --quiet            only errors
`;

const FILTERS = Object.keys(JOB_FILTER_OPTIONS);

/** What is exported is for a program or a file. */
const NOT_TAKEN = new Set(["json", "color", "no-pager"]);

export const exportCommand: Command = {
  name: "export",
  help: EXPORT_HELP,
  options: {
    ...ID_OPTIONS,
    ...JOB_FILTER_OPTIONS,
    limit: { takes: "text" },
    format: { takes: "text", short: "f", offers: EXPORT_FORMAT_NAMES },
    attempt: { takes: "text", offers: ["first", "last", "all"] },
    "job-trace": { takes: "flag" },
    output: { takes: "text", short: "o", offers: "files" },
    redact: { takes: "flag" },
    "no-redact": { takes: "flag" },
    ...Object.fromEntries(Object.entries(VIEW_OPTIONS).filter(([name]) => !NOT_TAKEN.has(name))),
  },
  takes: "words",
  offers: "jobs",
  endsOnSignal: true,
  run: exportJobs,
};

async function exportJobs(line: CommandLine, context: Context): Promise<ExitCode> {
  const format = formatOf(line);
  const redact = redactionOf(line, format);
  const view = viewOfExport(line, context);
  const ids = wantedIds(line);
  const reader = openReader(line, context);
  const progress = createProgress(context);
  try {
    const options = { line, view, context };
    const jids: Jid[] = [];
    // Before anything is written: a typo in the last of ten ids must not leave a file of nine.
    for (const wanted of ids) {
      const found = await findJid(reader, wanted, options);
      if (found.kind === "none") return found.code;
      if (!jids.includes(found.jid)) jids.push(found.jid);
    }
    const jobs = jids.length > 0 ? jids : filteredJids(reader, progress, { line, context });
    const read = readJobs(reader, jobs, jids.length, { ...options, redact });
    return await write(format, read, { ...options, progress });
  } finally {
    progress.clear();
    await reader.close();
  }
}

/** @throws UsageError */
function formatOf(line: CommandLine): ExportFormatName {
  const text = line.text("format");
  if (text === undefined)
    throw new UsageError(`which format? --format=${EXPORT_FORMAT_NAMES.join("|")}`);
  const format = EXPORT_FORMAT_NAMES.find((name) => name === text);
  if (format !== undefined) return format;
  const near = nearest(text, EXPORT_FORMAT_NAMES);
  throw new UsageError(
    `--format=${text} is not one of ${EXPORT_FORMAT_NAMES.join(", ")}${near === undefined ? "" : `: did you mean ${near}?`}`,
  );
}

/** @throws UsageError */
function redactionOf(line: CommandLine, format: ExportFormatName): ReadExportOptions["redact"] {
  const [wanted, unwanted] = [line.flag("redact"), line.flag("no-redact")];
  if (wanted && unwanted) throw new UsageError("--redact and --no-redact contradict each other");
  if (wanted) return "yes";
  return EXPORT_FORMATS[format].isForPeople && !unwanted ? "if_needed" : "no";
}

/** @throws UsageError */
function viewOfExport(line: CommandLine, context: Context): View {
  const text = line.text("attempt");
  if (text !== undefined && !/^(?:[1-9]\d{0,5}|first|last|all)$/.test(text))
    throw new UsageError(`--attempt=${text} is not a number from 1, first, last or all`);
  const view = viewOf(line, context);
  return {
    ...view,
    // A file is the same whatever machine and terminal it was made on.
    width: line.text("width") === undefined ? undefined : view.width,
    zone: line.text("tz") === undefined ? "UTC" : view.zone,
    style: PLAIN,
    time: "offset",
    brief: false,
    full: false,
    attempt:
      text === "first" || text === "last" || text === "all" ? text : Number(text) || undefined,
  };
}

/** Empty: the filters choose. @throws UsageError when nothing says which jobs. */
function wantedIds(line: CommandLine): readonly WantedJob[] {
  const trace = line.text("trace-id");
  const correlation = line.text("correlation-id");
  const ids = [line.text("job-id"), ...line.positionals].filter((id) => id !== undefined);
  const wanted: readonly WantedJob[] = [
    ...ids.map(anyId),
    ...(trace === undefined ? [] : [{ kind: "trace", text: trace } as const]),
    ...(correlation === undefined ? [] : [{ kind: "correlation", text: correlation } as const]),
  ];
  const filters = [...FILTERS, "limit"].filter((name) => line.text(name) !== undefined);
  if (wanted.length === 0 && filters.length === 0)
    throw new UsageError(
      "which jobs? jobtrace export <id>..., or filters such as --since=1h; jobtrace list shows the newest",
    );
  if (wanted.length > 0 && filters.length > 0)
    throw new UsageError(`either ids or filters: got ids and --${filters[0]}`);
  return wanted;
}

interface Asking {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

async function* filteredJids(
  reader: JobStoreReader,
  progress: Progress,
  { line, context }: Omit<Asking, "view">,
): AsyncIterable<Jid> {
  const filter = jobFilterOf(line, context);
  let looked = 0;
  let left = line.limit(0);
  const looking = {
    signal: context.signal,
    onLook: () => progress.show(`looked at ${countText(++looked)} jobs …`),
  };
  for await (const { summary } of jobsNewestFirst(
    reader,
    createJobsReader(reader),
    filter,
    looking,
  )) {
    const jid = parseJid(summary.jid);
    if (jid !== undefined) yield jid;
    if (--left <= 0) return;
  }
}

/** `idCount`: 0 for jobs that a filter chose. */
async function* readJobs(
  reader: JobStoreReader,
  jids: Iterable<Jid> | AsyncIterable<Jid>,
  idCount: number,
  { line, view, context, redact }: Asking & Pick<ReadExportOptions, "redact">,
): AsyncIterable<ExportedJob> {
  const keeping = keepBatches(reader);
  const options: ReadExportOptions = {
    rules: readingRules(line, context),
    source: idCount === 1 ? SCAN_EACH_TIME : keepSpans(),
    orphans: idCount > 0,
    attempt: view.attempt,
    jobTrace: line.flag("job-trace"),
    redact,
    // One request may have enqueued all of them, and one may have enqueued another.
    isNew: idCount === 1 ? () => true : newSpans(),
  };
  for await (const jid of jids) {
    const job = await readExportedJob(keeping, jid, options);
    if (job === "no_attempt" && idCount > 0)
      throw new UsageError(`--attempt=${view.attempt}: ${jid} has no such attempt on record`);
    // Of many jobs those are meant that have it; retention may have taken one meanwhile.
    if (job !== undefined && job !== "no_attempt") yield job;
  }
}

async function write(
  format: ExportFormatName,
  jobs: AsyncIterable<ExportedJob>,
  { line, view, context, progress }: Asking & { readonly progress: Progress },
): Promise<ExitCode> {
  const path = line.text("output");
  const first = await firstOf(jobs);
  if (first === undefined) {
    if (context.signal.aborted) return EXIT.interrupted;
    context.note("jobtrace: no job matches: nothing was written");
    return EXIT.no;
  }
  let count = 0;
  let redacted = 0;
  const counted = async function* (): AsyncIterable<ExportedJob> {
    for await (const job of first) {
      progress.show(`${countText(++count)} jobs exported …`);
      if (job.isRedacted) redacted++;
      yield job;
    }
  };
  const output = await openOutput(path, context);
  try {
    for await (const text of EXPORT_FORMATS[format].write(counted(), {
      version: context.version,
      view,
    })) {
      await output.line(text);
      if (context.signal.aborted) break;
    }
    if (context.signal.aborted) {
      await output.abandon();
      return EXIT.interrupted;
    }
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  progress.clear();
  if (redacted > 0 && !line.flag("redact") && !line.flag("quiet"))
    context.note("jobtrace: values are replaced by ?; --no-redact keeps them");
  if (path !== undefined && path !== "-" && !line.flag("quiet"))
    context.note(`${countText(count)} ${count === 1 ? "job" : "jobs"} written to ${path}`);
  return EXIT.done;
}

/** All of them, once it is known that there is one. */
async function firstOf(
  jobs: AsyncIterable<ExportedJob>,
): Promise<AsyncIterable<ExportedJob> | undefined> {
  const iterator = jobs[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return undefined;
  return (async function* () {
    yield first.value;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      yield next.value;
  })();
}
