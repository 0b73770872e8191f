/** `jobtrace why <id>`: the incident checklist of one job, answered. */
import { readWhy } from "../jobscope/inspect/read-why.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { whyLines, whyMarkdown } from "../jobscope/inspect/why-text.js";
import { countText } from "../jobscope/model/count-text.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import type { WhyDocument } from "../jobscope/model/why/why-document.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { Command } from "./command.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { findJob, ID_HELP, ID_OPTIONS, wantedJob } from "./find-job.js";
import { openReader } from "./open-store.js";
import { createProgress } from "./progress.js";
import { VIEW_HELP, VIEW_OPTIONS, viewOf } from "./view-options.js";

const WHY_HELP = `jobtrace why <id>: the incident checklist of one job, answered from records

  jobtrace why 8f3c1d0a
  jobtrace why 8f3c1d0a --md                     for the incident channel
  jobtrace why 8f3c1d0a --json | jq .same_window

What no record answers is "not recorded", with what would record it.
Same window: other jobs that failed, with a step at the same host, database or Redis that ended in
an error, from 60 s before the failing step to 60 s after it; and how many in the hour before. A
step whose error its job rescued does not count. Class percentiles are those of the newest 1,000
jobs of the class; waited is from the queue to the start.

${ID_HELP}  --md                   Markdown
  --json                 one document, jobtrace.why/v1
${VIEW_HELP}`;

export const whyCommand: Command = {
  name: "why",
  help: WHY_HELP,
  options: { ...VIEW_OPTIONS, ...ID_OPTIONS, md: { takes: "flag" } },
  takes: "words",
  offers: "jobs",
  run: why,
};

async function why(line: CommandLine, context: Context): Promise<ExitCode> {
  const wanted = wantedJob(line, "why <jid>");
  const view = {
    ...viewOf(line, context),
    time: "offset",
    brief: false,
    full: false,
    attempt: undefined,
  } as const;
  const reader = openReader(line, context);
  try {
    const found = await findJob(reader, wanted, { line, view, context });
    if (found.kind === "none") return found.code;
    const document = await answer(reader, wanted.text, found.document, context);
    const lines = line.flag("json")
      ? [safeJson(document, 2)]
      : line.flag("md")
        ? whyMarkdown(document, view)
        : whyLines(document, view);
    for (const text of lines) context.print(text);
    return EXIT.done;
  } finally {
    await reader.close();
  }
}

async function answer(
  reader: JobStoreReader,
  id: string,
  document: JobDocument,
  context: Context,
): Promise<WhyDocument> {
  const progress = createProgress(context);
  try {
    return await readWhy(reader, document, {
      id,
      onRead: (count) => progress.show(`${countText(count)} jobs that failed in that time read …`),
    });
  } finally {
    progress.clear();
  }
}
