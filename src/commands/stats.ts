/** `jobtrace stats [<Class>]`: how the jobs of a stretch of time did, class by class, or one class in detail. */
import { knownClasses } from "../jobscope/inspect/known-classes.js";
import { listJobs } from "../jobscope/inspect/job-list.js";
import type { ListView } from "../jobscope/inspect/job-list-text.js";
import { errorOf } from "../jobscope/inspect/lookup-text.js";
import { safeJson, safeText } from "../jobscope/inspect/safe-text.js";
import { classStatsLines } from "../jobscope/inspect/stats/class-stats-text.js";
import { readStats } from "../jobscope/inspect/stats/read-stats.js";
import { statsLines } from "../jobscope/inspect/stats/stats-text.js";
import { rangeText } from "../jobscope/inspect/time-range.js";
import { countText } from "../jobscope/model/count-text.js";
import { formatInstant } from "../jobscope/model/time.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { Command } from "./command.js";
import { type CommandLine, nearest } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { listViewOf } from "./list-view.js";
import { noteNewest, windowOf } from "./looked-at-window.js";
import { openSnapshot } from "./open-store.js";
import { printAll } from "./print-all.js";
import { createProgress } from "./progress.js";
import { UsageError } from "./usage-error.js";
import { VIEW_HELP, VIEW_OPTIONS } from "./view-options.js";

const STATS_HELP = `jobtrace stats: how jobs did, class by class
jobtrace stats <Class>: one class: where its time goes, what failed

  jobtrace stats
  jobtrace stats --since=1h --queue=mailers
  jobtrace stats SendInvoiceJob --since=7d
  jobtrace stats --json | jq '.classes[] | [.class, .jobs, .took.p95_ns]'

  failed      its last attempt failed; what a deploy or a rate limit put back
              did not
  orph        orphaned: no end recorded, and its worker is gone
  p50 p95 max what the last attempt took
  wait p95    from the queue to the start of the first attempt
  db p50      statements to a database in the last attempt, of the newest 100
              jobs of each class and 1,000 of all

Of one class the newest 2,000 jobs are read for where the time goes: each step
less the steps inside it. Percentiles of 10,000 jobs and fewer are exact; of
more they have a ~ and are at most 1% off.

Without --since: the 24 hours to the newest job in the store, or to --until.

${JOB_FILTER_HELP}  --limit=20             steps, and kinds of failure, of one class; 0 = all
  --json                 one document, jobtrace.stats/v1
${VIEW_HELP}`;

const LIMIT_DEFAULT = 20;

export const statsCommand: Command = {
  name: "stats",
  help: STATS_HELP,
  options: { ...VIEW_OPTIONS, ...JOB_FILTER_OPTIONS, limit: { takes: "text" } },
  takes: "words",
  offers: "classes",
  run: stats,
};

async function stats(line: CommandLine, context: Context): Promise<ExitCode> {
  const jobClass = classOf(line);
  const asked = jobFilterOf(line, context);
  const limit = line.limit(LIMIT_DEFAULT);
  const view = listViewOf(line, context);
  const reader = openSnapshot(line, context);
  const progress = createProgress(context);
  try {
    const { filter, words } = await windowOf(reader, asked, view);
    const document = await readStats(reader, {
      filter,
      jobClass,
      limit,
      onLook: (looked, read) =>
        progress.show(`looked at ${countText(looked)} jobs, ${countText(read)} of them read …`),
    });
    progress.clear();
    if (jobClass !== undefined && document.jobs === 0) {
      const message = await noJobsText(reader, jobClass, { words, view });
      context.note(
        line.flag("json") ? safeJson(errorOf(EXIT.no, message)) : `jobtrace: ${message}`,
      );
      return EXIT.no;
    }
    const lines = line.flag("json")
      ? [safeJson(document, 2)]
      : jobClass === undefined
        ? statsLines(document, words, view)
        : classStatsLines(document, words, view);
    await printAll(lines, context);
    if (document.jobs === 0 && !line.flag("quiet")) await noteNewest(reader, view, context);
    return EXIT.done;
  } finally {
    progress.clear();
    await reader.close();
  }
}

/** @throws UsageError */
function classOf(line: CommandLine): string | undefined {
  const [name, ...others] = line.positionals;
  if (others.length > 0)
    throw new UsageError(
      `stats takes one class: got ${line.positionals.join(" ")}; for several, --class='Send*'`,
    );
  if (name !== undefined && line.text("class") !== undefined)
    throw new UsageError(`stats takes a class or --class, not both`);
  return name;
}

/** Whether it is another name, or another time, that was meant. */
async function noJobsText(
  reader: JobStoreReader,
  name: string,
  { words, view }: { readonly words: string; readonly view: ListView },
): Promise<string> {
  const known = await knownClasses(reader);
  if (known.includes(name)) {
    const [newest] = await listJobs(reader, { class: name, limit: 1 });
    const at = newest && formatInstant(newest.latest);
    const last = at === undefined ? "" : `; its newest was ${rangeText(at, at, view)}`;
    return `no job of class ${safeText(name)} is what was asked for (${words})${last}: --since=7d looks further back`;
  }
  const near = nearest(name, known) ?? partOf(name, known);
  const several = name.includes("*") ? `: for several classes, --class='${safeText(name)}'` : "";
  return `no job of class ${safeText(name)} is in the store${near === undefined ? several : `: did you mean ${safeText(near)}?`}`;
}

function partOf(name: string, known: readonly string[]): string | undefined {
  const part = name.toLowerCase();
  return known.find((each) => each.toLowerCase().includes(part));
}
