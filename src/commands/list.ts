/** `jobtrace list`: the newest jobs. */
import { jobLineJson, jobListLines } from "../jobscope/inspect/job-list-text.js";
import { type JobFilter, listJobs } from "../jobscope/inspect/job-list.js";
import type { JobState } from "../jobscope/model/job-document.js";
import { type UnixNano, unixNano } from "../jobscope/model/time.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { parseDuration } from "./duration.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { openReader } from "./open-store.js";
import { UsageError } from "./usage-error.js";
import { VIEW_OPTIONS, viewOf } from "./view-options.js";

const LIST_HELP = `jobtrace list: jobs, newest first

  jobtrace list
  jobtrace list --state=failed --since=1h
  jobtrace list --class='Send*' --json | jq -r .jid

  --state=failed         queued, running, completed, failed, orphaned; several with commas
  --class=GLOB           * stands for anything
  --queue=NAME
  --since=1h             30s, 15m, 2h, 7d, or 2026-03-03T09:00:00Z
  --limit=50             0 = all
  --fail-empty           exit 1 when there is no such job
  --json                 one object a line, jobtrace.job-line/v1
  --store=DIR, --width, --color, --ascii, --tz: as for inspect
`;

const STATES: readonly JobState[] = ["queued", "running", "completed", "failed", "orphaned"];
const LIMIT_DEFAULT = 50;

export const listCommand: Command = {
  name: "list",
  help: LIST_HELP,
  options: {
    ...VIEW_OPTIONS,
    state: { takes: "text" },
    class: { takes: "text" },
    queue: { takes: "text" },
    since: { takes: "text" },
    limit: { takes: "text" },
    "fail-empty": { takes: "flag" },
  },
  takes: "none",
  run: list,
};

async function list(line: CommandLine, context: Context): Promise<ExitCode> {
  const filter = filterOf(line, context);
  const view = {
    ...viewOf(line, context),
    time: "offset",
    brief: false,
    full: false,
    attempt: undefined,
  } as const;
  const reader = openReader(line, context);
  try {
    const jobs = await listJobs(reader, filter);
    const lines = line.flag("json") ? jobs.map(jobLineJson) : jobListLines(jobs, view);
    for (const text of lines) context.print(text);
    return jobs.length === 0 && line.flag("fail-empty") ? EXIT.no : EXIT.done;
  } finally {
    await reader.close();
  }
}

function filterOf(line: CommandLine, context: Context): JobFilter {
  const limit = line.count("limit") ?? LIMIT_DEFAULT;
  const since = line.text("since");
  return {
    states: line.text("state")?.split(",").map(stateOf),
    class: line.text("class"),
    queue: line.text("queue"),
    since: since === undefined ? undefined : sinceOf(since, context.now()),
    limit: limit === 0 ? undefined : limit,
  };
}

function stateOf(word: string): JobState {
  const state = STATES.find((each) => each === word.trim());
  if (state === undefined)
    throw new UsageError(`--state=${word} is not one of ${STATES.join(", ")}`);
  return state;
}

/** A length of time before `now`, or a point in time. */
function sinceOf(text: string, now: UnixNano): UnixNano {
  const ago = parseDuration(text);
  if (ago !== undefined) return unixNano(now - ago);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `--since=${text} is neither a duration such as 15m nor a time such as 2026-03-03T09:00:00Z`,
    );
  return unixNano(BigInt(time) * 1_000_000n);
}
