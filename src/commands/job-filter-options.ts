/** The options that say which jobs are meant: of `list` and `tail`, some of them of `stats` and `failures`. */
import type { JobFilter } from "../jobscope/inspect/job-filter.js";
import type { Ns } from "../jobscope/model/document-units.js";
import { JOB_STATES, type JobState } from "../jobscope/model/job-document.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import type { Context } from "./context.js";
import { momentOf } from "./moment.js";
import { UsageError } from "./usage-error.js";

export const JOB_FILTER_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  state: { takes: "text", offers: JOB_STATES, takesSeveral: true },
  class: { takes: "text", offers: "classes" },
  queue: { takes: "text", offers: "queues" },
  since: { takes: "text" },
  until: { takes: "text" },
  "slower-than": { takes: "text" },
  waited: { takes: "text" },
  error: { takes: "text" },
  touching: { takes: "text" },
  calling: { takes: "text" },
  "enqueued-by": { takes: "text" },
  arg: { takes: "text" },
};

export const JOB_FILTER_HELP = `  --state=failed         queued, running, completed, failed, orphaned; several with commas
  --class=GLOB           * stands for anything
  --queue=NAME
  --since=1h             30s, 15m, 2h, 7d, or 2026-03-03T09:00:00Z; by the job's last news
  --until=5m             likewise, up to then
  --slower-than=2s       the last attempt took at least so long: 500ms, 2s, 1m
  --waited=10s           at least so long from the push to the first attempt
  --error=GLOB           the class or the message of any attempt's error
  --touching=TABLE       wrote to this table, whether or not it was committed; may be a glob
  --calling=HOST         called this host over HTTP; may be a glob
  --enqueued-by=GLOB     'POST /orders', or a class of job
  --arg=VALUE            has this argument: a text, or any value as JSON
`;

/** @throws UsageError */
export function jobFilterOf(line: CommandLine, context: Context): JobFilter {
  return {
    states: line.text("state")?.split(",").map(stateOf),
    class: line.text("class"),
    queue: line.text("queue"),
    since: momentOf(line, "since", context),
    until: momentOf(line, "until", context),
    slowerThan: lengthOf(line, "slower-than"),
    waited: lengthOf(line, "waited"),
    error: line.text("error"),
    touching: line.text("touching"),
    calling: line.text("calling"),
    enqueuedBy: line.text("enqueued-by"),
    arg: line.text("arg"),
  };
}

function stateOf(word: string): JobState {
  const state = JOB_STATES.find((each) => each === word.trim());
  if (state === undefined)
    throw new UsageError(`--state=${word} is not one of ${JOB_STATES.join(", ")}`);
  return state;
}

const UNITS: Readonly<Record<string, Ns>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 };

function lengthOf(line: CommandLine, name: string): Ns | undefined {
  const text = line.text(name);
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const length = Math.round(Number(count) * (UNITS[unit] ?? Number.NaN));
  if (Number.isNaN(length))
    throw new UsageError(
      `--${name}=${text} is not a length of time: write it like 500ms, 2s or 1m`,
    );
  return length;
}
