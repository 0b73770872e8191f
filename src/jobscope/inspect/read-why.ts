/** A job's document → the incident checklist, with what the rest of the store says: its class, and who else failed then. */
import type { JobDocument } from "../model/job-document.js";
import { buildWhy, failureOf } from "../model/why/build-why.js";
import type { WhyDocument } from "../model/why/why-document.js";
import type { JobStoreReader } from "../store/job-store.js";
import { classTimes } from "./class-times.js";
import { foundBy } from "./found-by.js";
import { sameWindow } from "./same-window.js";

export interface ReadWhyOptions {
  /** The id that led to the job. */
  readonly id: string;
  /** Told of how many jobs were read that failed at the time. */
  readonly onRead: (count: number) => void;
}

export async function readWhy(
  reader: JobStoreReader,
  document: JobDocument,
  { id, onRead }: ReadWhyOptions,
): Promise<WhyDocument> {
  const { jid, class: jobClass } = document.job;
  const failure = failureOf(document);
  const window = failure && (await sameWindow(reader, { jid, failure, onRead }));
  const times = jobClass === null ? undefined : await classTimes(reader, jobClass);
  return buildWhy(document, {
    foundBy: foundBy(id, document),
    sameWindow: window,
    took: times?.took,
    waited: times?.waited,
  });
}
