/** A jid → the document of that job, out of the store. */
import { buildDocument } from "../model/document/build-document.js";
import { type Jid, parseJid } from "../model/ids.js";
import type { JobDocument } from "../model/job-document.js";
import { readJobTrace } from "../../processor/read-job-trace.js";
import type { SpanSource } from "../../processor/span-source.js";
import type { JobStoreReader } from "../store/job-store.js";

/** undefined: the store knows no such job. */
export async function readJob(
  reader: JobStoreReader,
  jid: Jid,
  source?: SpanSource,
): Promise<JobDocument | undefined> {
  const trace = await readJobTrace(reader, jid, source);
  return trace === undefined ? undefined : buildDocument(trace);
}

/** The same for an id that the store gave as text. */
export async function readJobByText(
  reader: JobStoreReader,
  text: string,
  source?: SpanSource,
): Promise<JobDocument | undefined> {
  const jid = parseJid(text);
  return jid === undefined ? undefined : readJob(reader, jid, source);
}
