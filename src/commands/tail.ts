/** `jobtrace tail`: a line for each job that ends, as it ends. */
import type { JobFilter } from "../jobscope/inspect/job-filter.js";
import { type JobLine, jobLineJson, type JobNews } from "../jobscope/inspect/job-line.js";
import { createListText } from "../jobscope/inspect/job-list-text.js";
import type { Looking } from "../jobscope/inspect/job-list.js";
import { followNews, type Told } from "../jobscope/inspect/tail/follow-news.js";
import { createNewsLines, type NewsLines } from "../jobscope/inspect/tail/news-lines.js";
import { lastNews, newsSince } from "../jobscope/inspect/tail/past-news.js";
import { countText } from "../jobscope/model/count-text.js";
import { formatInstant } from "../jobscope/model/time.js";
import type { JobStoreReader, Lsn } from "../jobscope/store/job-store.js";
import { watchStore } from "../jobscope/store/watch-store.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { listViewOf } from "./list-view.js";
import { lookingOf } from "./looking.js";
import { openReader } from "./open-store.js";
import { createProgress, type Progress } from "./progress.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";
import { VIEW_HELP, VIEW_OPTIONS } from "./view-options.js";

const TAIL_HELP = `jobtrace tail: a line for each job that ends, as it ends

  jobtrace tail
  jobtrace tail --state=failed --class='Send*'
  jobtrace tail -n 50 --starts --enqueues
  jobtrace tail --since=10m --json | jq -r .jid
  jobtrace tail --class=SendInvoiceJob --once --exit-status    a step of a test

  -n, --lines=10         first the last N; 0 with --once, all of the time with --since
  -f, --follow           go on with what comes; this is the default, and it ends with Ctrl-C
  --once                 end after the first line
  --exit-status          with --once: exit 5 unless that job completed
  --starts               also a line when an attempt starts; recorded only with the initializer:
                         jobtrace help ruby
  --enqueues             also a line when a job is pushed
  --json                 one object a line, jobtrace.job-line/v1; why it is told in .news
${JOB_FILTER_HELP}${VIEW_HELP}
Each attempt that ends is a line, so a job that is tried again has several. A line tells what was
known when the end was received; spans that come later are for inspect. A job whose worker was
killed does not end: jobtrace list --state=orphaned. With --until what was is told, and nothing is
waited for.

It reads the store's files, so the collector may be stopped, killed and started again meanwhile:
what was missed is told in the order in which it was received.
`;

const LINES_DEFAULT = 10;
/** Each is kept until they are told. */
const LINES_MAX = 10_000;

export const tailCommand: Command = {
  name: "tail",
  help: TAIL_HELP,
  options: {
    ...VIEW_OPTIONS,
    ...JOB_FILTER_OPTIONS,
    lines: { takes: "text", short: "n" },
    follow: { takes: "flag", short: "f" },
    once: { takes: "flag" },
    "exit-status": { takes: "flag" },
    starts: { takes: "flag" },
    enqueues: { takes: "flag" },
  },
  takes: "none",
  endsOnSignal: true,
  isEndless: true,
  run: tail,
};

interface Asked {
  readonly kinds: ReadonlySet<JobNews>;
  readonly filter: JobFilter;
  /** undefined: all since the filter's time. */
  readonly count: number | undefined;
  readonly isOnce: boolean;
  readonly isFollowing: boolean;
}

async function tail(line: CommandLine, context: Context): Promise<ExitCode> {
  const asked = askedOf(line, context);
  const show = createPrinter(line, context, asked);
  const reader = openReader(line, context);
  const progress = createProgress(context);
  try {
    let last: JobLine | undefined;
    for await (const told of linesFrom(reader, asked, { line, context, progress })) {
      progress.clear();
      if (context.signal.aborted) break;
      if (told.kind !== "line") {
        if (!line.flag("quiet")) context.note(noteOf(told));
        continue;
      }
      last = told.line;
      show(told.line);
      await context.drained();
      if (asked.isOnce) break;
    }
    const isWanted = last?.state === "completed";
    return line.flag("exit-status") && !isWanted ? EXIT.notCompleted : EXIT.done;
  } finally {
    progress.clear();
    await reader.close();
  }
}

/** @throws UsageError */
function askedOf(line: CommandLine, context: Context): Asked {
  const filter = jobFilterOf(line, context);
  const isOnce = line.flag("once");
  const lines = line.count("lines");
  if (lines !== undefined && lines > LINES_MAX)
    throw new UsageError(
      `--lines=${lines} is more than ${LINES_MAX}: use --since for all of a time`,
    );
  if (filter.until !== undefined && filter.until > context.now())
    throw new UsageError(
      `--until=${line.text("until")} is still to come: leave it out, and tail waits for what comes`,
    );
  if (line.flag("exit-status") && !isOnce)
    throw new UsageError("--exit-status is for one job: add --once");
  const kinds = new Set<JobNews>(["ended"]);
  if (line.flag("starts")) kinds.add("started");
  if (line.flag("enqueues")) kinds.add("enqueued");
  const count = filter.since === undefined ? (isOnce ? 0 : LINES_DEFAULT) : undefined;
  return {
    kinds,
    filter,
    count: lines ?? count,
    isOnce,
    isFollowing: filter.until === undefined,
  };
}

function createPrinter(
  line: CommandLine,
  context: Context,
  { kinds }: Asked,
): (line: JobLine) => void {
  if (line.flag("json")) return (each) => context.print(jobLineJson(each));
  const text = createListText(listViewOf(line, context), kinds.size > 1 ? "when" : undefined);
  // Whoever reads a pipe wants the lines.
  if (context.isTerminal) context.print(text.header());
  return (each) => {
    for (const row of text.rows(each)) context.print(row);
  };
}

interface World {
  readonly line: CommandLine;
  readonly context: Context;
  readonly progress: Progress;
}

type Note = Exclude<Told, { kind: "line" }> | { readonly kind: "note"; readonly text: string };

/** The past, then what comes. Without a record twice or left out between the two. */
async function* linesFrom(
  reader: JobStoreReader,
  asked: Asked,
  { line, context, progress }: World,
): AsyncIterable<Told | Note> {
  const lines = createNewsLines(reader, asked);
  const snapshot = lines.snapshot();
  let from: Lsn;
  try {
    from = (await snapshot.info()).endLsn;
    yield* pastOf(snapshot, lines, asked, lookingOf(progress, context));
  } finally {
    await snapshot.close();
  }
  if (!asked.isFollowing || context.signal.aborted) return;
  const states = watchStore(SETTINGS.store.of(line, context), { signal: context.signal });
  let wasWritten = true;
  for await (const told of followNews(reader, lines, { states, from })) {
    // That somebody writes is what one expects.
    if (told.kind === "written" && told.isWritten === wasWritten) continue;
    if (told.kind === "written") wasWritten = told.isWritten;
    yield told;
  }
}

async function* pastOf(
  snapshot: JobStoreReader,
  lines: NewsLines,
  { count, ...wanted }: Asked,
  looking: Looking,
): AsyncIterable<Told | Note> {
  if (count === undefined) {
    for await (const line of newsSince(snapshot, lines, { ...wanted, ...looking }))
      yield { kind: "line", line };
    return;
  }
  const past = await lastNews(snapshot, lines, { ...wanted, ...looking, count });
  if (past.lookedBackTo !== undefined)
    yield {
      kind: "note",
      text: `-- looked back to ${formatInstant(past.lookedBackTo).slice(0, 19)}Z only; --since looks at all of a time --`,
    };
  for (const line of past.lines) yield { kind: "line", line };
}

function noteOf(note: Note): string {
  switch (note.kind) {
    case "note":
      return note.text;
    case "written":
      return note.isWritten
        ? "-- a collector writes to this store again --"
        : "-- no collector is writing to this store; waiting --";
    case "missed":
      return `-- ${countText(note.batches)} ${note.batches === 1 ? "batch was" : "batches were"} deleted or damaged before they could be read --`;
  }
}
