/** A jid → the document of that job, out of the store. */
import { readJobTrace } from "../../processor/read-job-trace.js";
import { searchOrphans } from "../../processor/orphan-search.js";
import { buildDocument } from "../model/document/build-document.js";
import { type Jid, parseJid } from "../model/ids.js";
import type { JobDocument } from "../model/job-document.js";
import { type LogLineDocument, logLineDocuments } from "../model/logs/log-line-document.js";
import { DEFAULT_RULES, type ReadingRules } from "../model/surroundings.js";
import type { SpanSource } from "../../processor/span-source.js";
import type { JobStoreReader } from "../store/job-store.js";
import { classTimes } from "./class-times.js";
import { readJobAlone, readSigns } from "./read-job-alone.js";
import { readNeighbours } from "./read-neighbours.js";

export interface ReadJobOptions {
  readonly rules?: ReadingRules;
  /** Whether runs that name no job are looked for, for a job of which one may be missing. It reads up to some hundred batches. */
  readonly orphans?: boolean;
  /** Whether steps have all attributes of their spans, and URLs the values of their queries. */
  readonly full?: boolean;
  /** Where its spans come from; for whoever reads many jobs. */
  readonly source?: SpanSource | undefined;
}

/** undefined: the store knows no such job. */
export async function readJob(
  reader: JobStoreReader,
  jid: Jid,
  options?: ReadJobOptions,
): Promise<JobDocument | undefined> {
  return (await readJobAndLogs(reader, jid, options))?.document;
}

export interface JobAndLogs {
  readonly document: JobDocument;
  /** In time order, as far as one reading holds them. */
  readonly logs: () => readonly LogLineDocument[];
}

/** The same with its log lines. */
export async function readJobAndLogs(
  reader: JobStoreReader,
  jid: Jid,
  { rules = DEFAULT_RULES, orphans = false, full = false, source }: ReadJobOptions = {},
): Promise<JobAndLogs | undefined> {
  const trace = await readJobTrace(reader, jid, { source });
  if (trace === undefined) return undefined;
  const signs = await readSigns(reader, trace);
  const around = { ...signs, ...(await readNeighbours(reader, trace, rules)) };
  const surroundings = orphans
    ? { ...around, orphans: await searchOrphans(reader, trace) }
    : around;
  const document = await measured(reader, buildDocument(trace, surroundings, rules, full));
  return { document, logs: () => logLineDocuments(trace, document) };
}

/** With what a job that is running can be measured by. */
async function measured(reader: JobStoreReader, document: JobDocument): Promise<JobDocument> {
  const { job } = document;
  if (job.state !== "running" || job.class === null) return document;
  const { took } = await classTimes(reader, job.class);
  return { ...document, job: { ...job, usual_duration: took ?? null } };
}

/** The same for an id that the store gave as text, for whoever looks at many: their neighbours are not read. */
export async function readJobByText(
  reader: JobStoreReader,
  text: string,
  source?: SpanSource,
): Promise<JobDocument | undefined> {
  const jid = parseJid(text);
  return jid === undefined ? undefined : readJobAlone(reader, jid, DEFAULT_RULES, source);
}
