/** `jobtrace list`: the newest jobs, or those of another order. */
import type { JobFilter } from "../jobscope/inspect/job-filter.js";
import { jobLineJson, jobLineOf } from "../jobscope/inspect/job-line.js";
import { jobsNewestFirst, type ListedJob, type Looking } from "../jobscope/inspect/job-list.js";
import {
  createCounts,
  createListText,
  type ListView,
  momentText,
} from "../jobscope/inspect/job-list-text.js";
import { createJobsReader } from "../jobscope/inspect/read-jobs.js";
import { type JobOrder, jobsInOrder } from "../jobscope/inspect/sorted-jobs.js";
import { formatInstant } from "../jobscope/model/time.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { listViewOf } from "./list-view.js";
import { lookingOf } from "./looking.js";
import { openReader } from "./open-store.js";
import { createProgress, type Progress } from "./progress.js";
import { VIEW_HELP, VIEW_OPTIONS } from "./view-options.js";

const LIST_HELP = `jobtrace list: jobs, newest first

  jobtrace list
  jobtrace list --state=failed --since=1h
  jobtrace list --touching=invoices --calling='billing.*' --since=1h
  jobtrace list --class='Send*' --json | jq -r .jid

${JOB_FILTER_HELP}  --sort=ended           ended, started, duration or wait; the largest first
  --limit=50             0 = all
  --fail-empty           exit 1 when there is no such job
  --json                 one object a line, jobtrace.job-line/v1
${VIEW_HELP}
The index answers --state, --class, --queue, --since, --until and --slower-than; for the others jobs
are read one by one, newest first. took, db and http are of the last attempt.
`;

const LIMIT_DEFAULT = 50;
const ORDERS = ["ended", "started", "duration", "wait"] as const;

export const listCommand: Command = {
  name: "list",
  help: LIST_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...JOB_FILTER_OPTIONS,
    sort: { takes: "text", offers: ORDERS },
    limit: { takes: "text" },
    "fail-empty": { takes: "flag" },
  },
  takes: "none",
  endsOnSignal: true,
  run: list,
};

interface Asked {
  readonly filter: JobFilter;
  readonly order: (typeof ORDERS)[number];
  readonly limit: number;
}

async function list(line: CommandLine, context: Context): Promise<ExitCode> {
  const asked: Asked = {
    filter: jobFilterOf(line, context),
    order: line.choice("sort", ORDERS) ?? "ended",
    limit: line.limit(LIMIT_DEFAULT),
  };
  const view = listViewOf(line, context);
  const reader = openReader(line, context);
  const progress = createProgress(context);
  try {
    const jobs = newest(
      jobsOf(reader, asked, lookingOf(progress, context, "; Ctrl-C ends with what was found")),
      asked.limit,
    );
    const found = line.flag("json")
      ? await printJson(jobs, { progress, context })
      : await printText(jobs, { asked, view, progress, context });
    if (asked.filter.arg !== undefined && found.count === 0 && !line.flag("quiet"))
      context.note(
        "jobtrace: arguments are recorded only with the initializer: jobtrace help ruby",
      );
    if (context.signal.aborted) return EXIT.interrupted;
    return found.count === 0 && line.flag("fail-empty") ? EXIT.no : EXIT.done;
  } finally {
    progress.clear();
    await reader.close();
  }
}

function jobsOf(
  reader: JobStoreReader,
  { filter, order, limit }: Asked,
  looking: Looking,
): AsyncIterable<ListedJob> {
  const readJob = createJobsReader(reader);
  return order === "ended"
    ? jobsNewestFirst(reader, readJob, filter, looking)
    : jobsInOrder(reader, readJob, filter, { ...looking, order: order satisfies JobOrder, limit });
}

async function* newest(jobs: AsyncIterable<ListedJob>, limit: number): AsyncIterable<ListedJob> {
  let left = limit;
  for await (const job of jobs) {
    yield job;
    if (--left <= 0) return;
  }
}

interface Printing {
  readonly progress: Progress;
  readonly context: Context;
}

async function printJson(
  jobs: AsyncIterable<ListedJob>,
  { progress, context }: Printing,
): Promise<{ readonly count: number }> {
  let count = 0;
  for await (const job of jobs) {
    count++;
    progress.clear();
    context.print(jobLineJson(jobLineOf(job)));
    await context.drained();
  }
  return { count };
}

async function printText(
  jobs: AsyncIterable<ListedJob>,
  {
    asked: { filter, order, limit },
    view,
    progress,
    context,
  }: Printing & { readonly asked: Asked; readonly view: ListView },
): Promise<{ readonly count: number }> {
  const text = createListText(view);
  const counts = createCounts();
  context.print(text.header());
  for await (const job of jobs) {
    const line = jobLineOf(job);
    counts.add(line);
    progress.clear();
    for (const row of text.rows(line)) context.print(row);
    await context.drained();
  }
  progress.clear();
  const { since, until } = filter;
  const remarks = [
    ...(since === undefined ? [] : [`since ${momentText(formatInstant(since), view)}`]),
    ...(until === undefined ? [] : [`until ${momentText(formatInstant(until), view)}`]),
    ...(order === "ended" ? [] : [`by ${order}`]),
    ...(counts.count === limit ? [`no more than --limit=${limit}`] : []),
    ...(context.signal.aborted ? ["interrupted"] : []),
  ];
  context.print("");
  context.print(counts.text(remarks));
  return counts;
}
