/** From the id on a command line to the job's document; where that leads to none or to several, they are told. */
import { type JobLookup, lookUpJob } from "../jobscope/inspect/job-lookup.js";
import {
  ambiguousLines,
  errorDocument,
  nearestIds,
  unknownLines,
} from "../jobscope/inspect/lookup-text.js";
import { readJob } from "../jobscope/inspect/read-job.js";
import { safeJson } from "../jobscope/inspect/safe-text.js";
import type { View } from "../jobscope/inspect/view.js";
import type { JobDocument } from "../jobscope/model/job-document.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { CommandLine } from "./command-line.js";
import type { Context } from "./context.js";
import { EXIT, type ExitCode } from "./exit-code.js";

export interface FindOptions {
  readonly line: CommandLine;
  readonly view: View;
  readonly context: Context;
}

export type FoundJob =
  | { readonly kind: "found"; readonly document: JobDocument }
  /** It was said why. */
  | { readonly kind: "none"; readonly code: ExitCode };

export async function findJob(
  reader: JobStoreReader,
  id: string,
  options: FindOptions,
): Promise<FoundJob> {
  const found = await lookUpJob(reader, id);
  const document = found.kind === "found" ? await readJob(reader, found.jid) : undefined;
  if (document !== undefined) return { kind: "found", document };
  const missing = found.kind === "found" ? ({ kind: "unknown", id } as const) : found;
  return { kind: "none", code: await explain(reader, missing, options) };
}

async function explain(
  reader: JobStoreReader,
  found: Exclude<JobLookup, { kind: "found" }>,
  { line, view, context }: FindOptions,
): Promise<ExitCode> {
  const code = found.kind === "ambiguous" ? EXIT.ambiguous : EXIT.no;
  const near = found.kind === "unknown" ? await nearestIds(reader, found.id) : [];
  if (line.flag("json")) {
    context.note(safeJson(errorDocument(found, near, code)));
    return code;
  }
  const lines =
    found.kind === "ambiguous"
      ? ambiguousLines(found, view)
      : unknownLines(found, near, await reader.info(), view);
  for (const text of lines) context.note(text);
  return code;
}
