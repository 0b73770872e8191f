/** From the id on a command line to a job; where that leads to none or to several, they are told. */
import {
  type JobLookup,
  lookUpCorrelation,
  lookUpJob,
  type LookupOptions,
  lookUpTrace,
} from "../jobscope/inspect/job-lookup.js";
import {
  ambiguousLines,
  errorDocument,
  noSelectionLines,
  unknownLines,
} from "../jobscope/inspect/lookup-text.js";
import { nearestIds } from "../jobscope/inspect/nearest-ids.js";
import { readJob } from "../jobscope/inspect/read-job.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import { SELECTORS } from "../jobscope/inspect/select-job.js";
import type { View } from "../jobscope/inspect/view.js";
import type { Jid } from "../jobscope/model/ids.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { CommandLine, OptionSpec } from "./command-line.js";
import { nearest } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";
import { createProgress } from "./progress.js";
import { readingRules } from "./reading-rules.js";
import { SETTINGS } from "./settings/settings.js";
import { UsageError } from "./usage-error.js";

/** The options that name a job, beside the plain id. */
export const ID_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  "job-id": { takes: "text", offers: "jobs" },
  "trace-id": { takes: "text" },
  "correlation-id": { takes: "text" },
};

export const ID_HELP = `  --job-id=ID            the same as <id>
  --trace-id=ID          the jobs with spans in this trace, and no other kind of id
  --correlation-id=ID    the jobs that an attribute with this value leads to: correlation_id,
                         request_id and the like, or those of correlation_keys in the configuration
                         file
`;

/** Which id, and as what it is to be taken. */
export interface WantedJob {
  readonly kind: "any" | "trace" | "correlation";
  readonly text: string;
}

/** @throws UsageError when the command line names none; `example`: `inspect <jid>`. */
export function wantedJob(line: CommandLine, example: string): WantedJob {
  const trace = line.text("trace-id");
  if (trace !== undefined) return { kind: "trace", text: trace };
  const correlation = line.text("correlation-id");
  if (correlation !== undefined) return { kind: "correlation", text: correlation };
  // A pasted log line is several words.
  const text = [line.text("job-id"), ...line.positionals].filter(Boolean).join(" ");
  if (text === "")
    throw new UsageError(`which job? jobtrace ${example}; jobtrace list shows the newest`);
  return anyId(text);
}

export function anyId(text: string): WantedJob {
  return { kind: "any", text };
}

export interface FindOptions {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

/** It was said why there is no job. */
export interface NoJob {
  readonly kind: "none";
  readonly code: ExitCode;
}

export type FoundJid = { readonly kind: "found"; readonly jid: Jid } | NoJob;
export type FoundJob = { readonly kind: "found"; readonly document: JobDocument } | NoJob;

export async function findJid(
  reader: JobStoreReader,
  wanted: WantedJob,
  options: FindOptions,
): Promise<FoundJid> {
  const found = await lookUp(reader, wanted, options);
  return found.kind === "found"
    ? found
    : { kind: "none", code: await explain(reader, found, options) };
}

export async function findJob(
  reader: JobStoreReader,
  wanted: WantedJob,
  options: FindOptions,
  /** Whether runs that name no job are looked for. */
  { orphans = false } = {},
): Promise<FoundJob> {
  const found = await findJid(reader, wanted, options);
  if (found.kind === "none") return found;
  const rules = readingRules(options.line, options.context);
  const document = await readJob(reader, found.jid, { rules, orphans });
  if (document !== undefined) return { kind: "found", document };
  // Retention took it between the two questions.
  const unknown = { kind: "unknown", id: found.jid } as const;
  return { kind: "none", code: await explain(reader, unknown, options) };
}

/** Without a word where there is none: for who has another answer then. */
export async function lookUp(
  reader: JobStoreReader,
  { kind, text }: WantedJob,
  { line, context }: FindOptions,
): Promise<JobLookup> {
  const progress = createProgress(context);
  const lookup: LookupOptions = {
    correlationKeys: SETTINGS.correlationKeys.of(line, context),
    onProgress: (words) => progress.show(words),
  };
  try {
    if (kind === "trace") return await lookUpTrace(reader, text);
    if (kind === "correlation") return await lookUpCorrelation(reader, text, lookup);
    return await lookUpJob(reader, text, lookup);
  } finally {
    progress.clear();
  }
}

export async function explain(
  reader: JobStoreReader,
  found: Exclude<JobLookup, { kind: "found" }>,
  { line, view, context }: FindOptions,
): Promise<ExitCode> {
  if (found.kind === "no_selector") {
    const near = nearest(found.text.split(":", 1)[0] ?? "", SELECTORS);
    throw new UsageError(
      `${found.text} is no selector: ${near === undefined ? SELECTORS.join(", ") : `did you mean ${near}?`}`,
    );
  }
  const code = found.kind === "ambiguous" ? EXIT.ambiguous : EXIT.no;
  const near = found.kind === "unknown" ? await nearestIds(reader, found.id) : [];
  if (line.flag("json")) {
    context.note(safeJson(errorDocument(found, near, code)));
    return code;
  }
  for (const text of await linesOf(reader, found, near, view)) context.note(text);
  return code;
}

async function linesOf(
  reader: JobStoreReader,
  found: Exclude<JobLookup, { kind: "found" | "no_selector" }>,
  near: Awaited<ReturnType<typeof nearestIds>>,
  view: View,
): Promise<readonly string[]> {
  switch (found.kind) {
    case "ambiguous":
      return ambiguousLines(found, view);
    case "none_selected":
      return noSelectionLines(found, view);
    case "unknown":
      return unknownLines(found, near, await reader.info(), view);
  }
}
