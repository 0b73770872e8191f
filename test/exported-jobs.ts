/** Jobs of recorded runs as the formats of `export` take them, and what a format makes of them. */
import assert from "node:assert/strict";
import { readExportedJob, type ReadExportOptions } from "../src/commands/exported-jobs.js";
import type { ExportedJob } from "../src/jobscope/export/export-format.js";
import { EXPORT_FORMATS, type ExportFormatName } from "../src/jobscope/export/formats.js";
import { parseJid } from "../src/jobscope/model/ids.js";
import { DEFAULT_RULES } from "../src/jobscope/model/surroundings.js";
import type { JobStoreReader } from "../src/jobscope/store/job-store.js";
import { keepBatches } from "../src/jobscope/store/keep-batches.js";
import { SCAN_EACH_TIME } from "../src/processor/span-source.js";
import { newSpans } from "../src/commands/new-spans.js";
import { PIPED } from "./plain-view.js";

export async function exportedJob(
  reader: JobStoreReader,
  jid: string,
  options: Partial<ReadExportOptions> = {},
): Promise<ExportedJob> {
  const job = await readExportedJob(reader, parseJid(jid) ?? assert.fail(jid), {
    rules: DEFAULT_RULES,
    source: SCAN_EACH_TIME,
    orphans: false,
    attempt: undefined,
    jobTrace: false,
    redact: "no",
    isNew: () => true,
    ...options,
  });
  return typeof job === "object" ? job : assert.fail(`the store knows no job ${jid}`);
}

/** The file, as its lines. */
export async function exportLines(
  format: ExportFormatName,
  reader: JobStoreReader,
  jids: readonly string[],
  options: Partial<ReadExportOptions> = {},
): Promise<readonly string[]> {
  const keeping = keepBatches(reader);
  const isNew = newSpans();
  const jobs = async function* (): AsyncIterable<ExportedJob> {
    for (const jid of jids) yield exportedJob(keeping, jid, { isNew, ...options });
  };
  const lines: string[] = [];
  const written = EXPORT_FORMATS[format].write(jobs(), { version: "0.0.0", view: PIPED });
  for await (const line of written) lines.push(line);
  return lines;
}

export async function exportText(...args: Parameters<typeof exportLines>): Promise<string> {
  return (await exportLines(...args)).join("\n");
}
