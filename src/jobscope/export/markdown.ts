/** Markdown for a ticket: the incident checklist, and the timeline as `inspect` prints it. */
import { jobLines } from "../inspect/job-text.js";
import { whyMarkdown } from "../inspect/why-text.js";
import { arrangeDocument } from "../model/arrange/arrange-document.js";
import { DEFAULT_ARRANGEMENT } from "../model/arrange/arrangement.js";
import type { ExportedJob, ExportOptions } from "./export-format.js";

export async function* writeMarkdown(
  jobs: AsyncIterable<ExportedJob>,
  { view }: ExportOptions,
): AsyncIterable<string> {
  let isFirst = true;
  for await (const job of jobs) {
    if (!isFirst) yield* ["", "---", ""];
    isFirst = false;
    yield* whyMarkdown(await job.why(), view);
    const lines = jobLines(arrangeDocument(job.whole, DEFAULT_ARRANGEMENT), view);
    const fence = "`".repeat(Math.max(3, longestRun(lines) + 1));
    yield* ["", `${fence}text`];
    yield* lines;
    yield fence;
    if (job.isRedacted) yield* ["", "Values are replaced by `?`."];
  }
}

/** Of backquotes: a fence must be longer. */
function longestRun(lines: readonly string[]): number {
  let longest = 0;
  for (const line of lines)
    for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
