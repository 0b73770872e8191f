/** `jobtrace diff`: two jobs, or two attempts of one, step by step. */
import { diffLines } from "../jobscope/inspect/diff-text.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { shownAttempts } from "../jobscope/inspect/shown-attempts.js";
import type { View } from "../jobscope/inspect/view.js";
import { buildDiff, type ComparedAttempt } from "../jobscope/model/compare/build-diff.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import { keepBatches } from "../jobscope/store/keep-batches.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { anyId, findJob } from "./find-job.js";
import { openReader } from "./open-store.js";
import { UsageError } from "./usage-error.js";
import { VIEW_HELP, VIEW_OPTIONS, viewOf } from "./view-options.js";

const DIFF_HELP = `jobtrace diff <a> <b>: what differs between two jobs, step by step
jobtrace diff <id> --attempts=1..3: or between two attempts of one

  jobtrace diff 8f3c1d0a 5d0e44a1                 it worked yesterday
  jobtrace diff 8f3c1d0a --attempts=1..3          the retry that failed otherwise
  jobtrace diff 8f3c1d0a 5d0e44a1 --attempts=2..1   attempt 2 of the one, attempt 1 of the other
  jobtrace diff 8f3c1d0a 5d0e44a1 --stat          only what it comes to
  jobtrace diff 8f3c1d0a 5d0e44a1 --json | jq .first_difference

Steps are matched by what they do, values left aside. The first column is - for a step that only the
first has, + for one that only the second has, ~ for one whose result is another or whose duration
moved by more than 20% and 10ms.
Exit 0: the same. Exit 1: different.

  --attempts=A..B        numbers, first or last; without it the attempts that inspect shows
  --stat                 leave out the steps
  --full                 every step, also stretches that are the same
  --json                 one document, jobtrace.diff/v1
${VIEW_HELP}`;

export const diffCommand: Command = {
  name: "diff",
  help: DIFF_HELP,
  options: {
    ...VIEW_OPTIONS,
    attempts: { takes: "text" },
    stat: { takes: "flag" },
    full: { takes: "flag" },
  },
  takes: "words",
  offers: "jobs",
  run: diff,
};

async function diff(line: CommandLine, context: Context): Promise<ExitCode> {
  const { ids, attempts } = askedFor(line);
  const view = {
    ...viewOf(line, context),
    time: "offset",
    brief: false,
    full: line.flag("full"),
    attempt: undefined,
  } as const;
  const reader = openReader(line, context);
  try {
    const keeping = keepBatches(reader);
    const a = await findJob(keeping, anyId(ids[0]), { line, view, context });
    if (a.kind === "none") return a.code;
    const b =
      ids[1] === undefined ? a : await findJob(keeping, anyId(ids[1]), { line, view, context });
    if (b.kind === "none") return b.code;
    const document = buildDiff(
      chosen(a.document, attempts?.[0]),
      chosen(b.document, attempts?.[1]),
    );
    const shown = line.flag("stat") ? { ...document, steps: null } : document;
    const lines = line.flag("json") ? [safeJson(shown, 2)] : diffLines(shown, view);
    for (const text of lines) context.print(text);
    return document.same ? EXIT.done : EXIT.no;
  } finally {
    await reader.close();
  }
}

type AskedAttempt = NonNullable<View["attempt"]>;

interface Asked {
  readonly ids: readonly [string, string | undefined];
  readonly attempts: readonly [AskedAttempt, AskedAttempt] | undefined;
}

function askedFor(line: CommandLine): Asked {
  const [a, b, ...more] = line.positionals;
  const text = line.text("attempts");
  if (a === undefined || more.length > 0 || (b === undefined && text === undefined))
    throw new UsageError(
      "compare what? jobtrace diff <a> <b>, or jobtrace diff <id> --attempts=1..3",
    );
  if (text === undefined) return { ids: [a, b], attempts: undefined };
  const match = /^(first|last|[1-9]\d{0,5})\.\.(first|last|[1-9]\d{0,5})$/.exec(text);
  const [, from = "", to = ""] = match ?? [];
  if (match === null)
    throw new UsageError(`--attempts=${text} is not two attempts, as in 1..3 or first..last`);
  return { ids: [a, b], attempts: [attemptOf(from), attemptOf(to)] };
}

function attemptOf(word: string): AskedAttempt {
  return word === "first" || word === "last" ? word : Number(word);
}

/** @throws UsageError when the job has no such attempt. */
function chosen(document: JobDocument, wanted: AskedAttempt | undefined): ComparedAttempt {
  const attempt = shownAttempts(document, wanted).attempts[0];
  if (attempt !== undefined) return { document, attempt };
  const count = document.attempts.length;
  const { jid } = document.job;
  throw new UsageError(
    count === 0
      ? `cannot compare ${jid}: no attempt of it was received`
      : `--attempts: ${jid} has no attempt ${wanted}, ${count} ${count === 1 ? "was" : "were"} recorded`,
  );
}
