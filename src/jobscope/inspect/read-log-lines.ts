/** The log lines of one job out of the store, beside its document. */
import { NO_SPANS } from "../../processor/known-spans.js";
import { readJobLogs } from "../../processor/read-job-logs.js";
import { readJobTrace } from "../../processor/read-job-trace.js";
import { buildDocument } from "../model/document/build-document.js";
import { type Jid, parseJid } from "../model/ids.js";
import type { JobDocument } from "../model/job-document.js";
import {
  type LogLineDocument,
  logLineDocuments,
  looseLogLines,
} from "../model/logs/log-line-document.js";
import type { JobStoreReader } from "../store/job-store.js";
import { pickId } from "./pick-id.js";

export interface JobLogLines {
  /** undefined: no span of the job was received. */
  readonly document: JobDocument | undefined;
  /** In time order. */
  readonly lines: readonly LogLineDocument[];
  /** Lines beyond those that one reading holds. */
  readonly omitted: number;
}

/** undefined: the store knows no such job. */
export async function readLogLines(
  reader: JobStoreReader,
  jid: Jid,
): Promise<JobLogLines | undefined> {
  const trace = await readJobTrace(reader, jid);
  if (trace === undefined) return undefined;
  const document = buildDocument(trace);
  const lines = logLineDocuments(trace, document);
  return { document, lines, omitted: trace.logs?.omitted ?? 0 };
}

/** Lines that name a jid of which no span was received; undefined: there are none. `text`: as for a lookup. */
export async function readLooseLogLines(
  reader: JobStoreReader,
  text: string,
): Promise<JobLogLines | undefined> {
  const jid = parseJid(pickId(text));
  if (jid === undefined) return undefined;
  const { lines, omitted } = await readJobLogs(reader, jid, new Set(), () => NO_SPANS);
  return lines.length === 0
    ? undefined
    : { document: undefined, lines: looseLogLines(lines, jid), omitted };
}
