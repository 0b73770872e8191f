/** `jobtrace failures`: failures of many jobs, grouped by what failed. */
import { readFailures } from "../jobscope/inspect/failures/read-failures.js";
import { failuresLines } from "../jobscope/inspect/failures/failures-text.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { countText } from "../jobscope/model/count-text.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { JOB_FILTER_HELP, JOB_FILTER_OPTIONS, jobFilterOf } from "./job-filter-options.js";
import { listViewOf } from "./list-view.js";
import { noteNewest, windowOf } from "./looked-at-window.js";
import { openSnapshot } from "./open-store.js";
import { printAll } from "./print-all.js";
import { createProgress } from "./progress.js";
import { VIEW_HELP, VIEW_OPTIONS } from "./view-options.js";

const FAILURES_HELP = `jobtrace failures: what failed, the most frequent first

  jobtrace failures
  jobtrace failures --since=1h
  jobtrace failures --class='Send*' --since=2026-03-03T09:00:00Z
  jobtrace failures --json | jq '.groups[] | [.jobs, .error.class]'

A group: one class of error, one message (numbers, ids and quoted texts are ?),
one step in which it was raised. Before it the number of its jobs.
"In 8 of 8 an earlier attempt failed differently": it may be an echo of that.
"Then none": silent for longer since than between any two of them.
What a deploy or a rate limit put back did not fail. What ActiveJob took care
of did.

Without --since: the 24 hours to the newest job in the store, or to --until.
Both say when the attempt failed.

${JOB_FILTER_HELP}  --limit=20             groups; 0 = all
  --json                 one document, jobtrace.failures/v1
${VIEW_HELP}
The newest 2,000 jobs that failed are read; the last line tells how many more
there are.
`;

const LIMIT_DEFAULT = 20;

export const failuresCommand: Command = {
  name: "failures",
  help: FAILURES_HELP,
  options: { ...VIEW_OPTIONS, ...JOB_FILTER_OPTIONS, limit: { takes: "text" } },
  takes: "none",
  run: failures,
};

async function failures(line: CommandLine, context: Context): Promise<ExitCode> {
  const asked = jobFilterOf(line, context);
  const limit = line.limit(LIMIT_DEFAULT);
  const view = listViewOf(line, context);
  const reader = openSnapshot(line, context);
  const progress = createProgress(context);
  try {
    const { filter, words } = await windowOf(reader, asked, view);
    const document = await readFailures(reader, {
      filter,
      limit,
      onRead: (count) => progress.show(`${countText(count)} jobs that failed read …`),
    });
    progress.clear();
    const lines = line.flag("json")
      ? [safeJson(document, 2)]
      : failuresLines(document, words, view);
    await printAll(lines, context);
    if (document.recorded_to === null && !line.flag("quiet"))
      await noteNewest(reader, view, context);
    return EXIT.done;
  } finally {
    progress.clear();
    await reader.close();
  }
}
