/** A jid → its document from its own spans, and from what tells whether its worker lives on; its neighbours are not read. */
import { readJobTrace } from "../../processor/read-job-trace.js";
import type { SpanSource } from "../../processor/span-source.js";
import { readWorkerSigns } from "../../processor/worker-signs.js";
import { buildDocument } from "../model/document/build-document.js";
import type { Jid } from "../model/ids.js";
import type { JobDocument } from "../model/job-document.js";
import type { JobTrace } from "../model/job-trace.js";
import { noSurroundings, type ReadingRules, type Surroundings } from "../model/surroundings.js";
import type { JobStoreReader } from "../store/job-store.js";

export async function readJobAlone(
  reader: JobStoreReader,
  jid: Jid,
  rules: ReadingRules,
  source?: SpanSource,
): Promise<JobDocument | undefined> {
  const trace = await readJobTrace(reader, jid, { source, logs: false });
  if (trace === undefined) return undefined;
  return buildDocument(trace, await readSigns(reader, trace), rules);
}

/** Of the attempts whose own span never came. A job without one costs nothing here. */
export async function readSigns(reader: JobStoreReader, trace: JobTrace): Promise<Surroundings> {
  const open = trace.attempts.filter(
    ({ root, activeJob }) => root === undefined && activeJob === undefined,
  );
  if (open.length === 0) return noSurroundings(trace.asOf);
  const { newest = trace.asOf } = await reader.info();
  const signs = new Map<(typeof open)[number], Awaited<ReturnType<typeof readWorkerSigns>>>();
  for (const attempt of open) signs.set(attempt, await readWorkerSigns(reader, trace.jid, attempt));
  return { ...noSurroundings(newest), signs };
}
