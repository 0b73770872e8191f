/** Jids, classes and queues of the newest jobs in the store, for completion. From the index alone: no batch is read. */
import { matchingJobs } from "../../jobscope/inspect/job-list.js";
import type { JobSummary } from "../../jobscope/inspect/job-summary.js";
import { SELECTORS } from "../../jobscope/inspect/select-job.js";
import type { JobStoreReader } from "../../jobscope/store/job-store.js";
import type { Candidate, StoredWords } from "./candidates.js";

/** More are no help to look through. */
const JOBS_MAX = 50;
/** Looked at for their classes and queues: of what runs now, nearly all are among so many. */
const LOOKED_MAX = 1000;
/** A shell waits for the answer at each press of the key. */
const LOOK_MS = 400;

/** `open`: a reader of the store that is meant, each time it is called. */
export function createStoredWords(open: () => JobStoreReader): StoredWords {
  const facts = (key: "class" | "queue", typed: string): Promise<readonly Candidate[]> =>
    look(open, LOOKED_MAX, (jobs) => {
      const found = new Set(jobs.map((job) => job[key]).filter((text) => text !== null));
      return [...found]
        .filter((text) => text.startsWith(typed))
        .sort()
        .map((word) => ({ word, about: "" }));
    });
  const classes = (typed: string): Promise<readonly Candidate[]> => facts("class", typed);
  return {
    classes,
    queues: (typed) => facts("queue", typed),
    async jobs(typed) {
      if (!typed.startsWith("@")) return look(open, JOBS_MAX, (jobs) => jobs.map(jobCandidate));
      const [, lead, name] = /^(@\w+:)(.*)$/s.exec(typed) ?? [];
      if (lead === undefined || name === undefined)
        return SELECTORS.map((word) => ({ word, about: "" }));
      return (await classes(name)).map(({ word, about }) => ({ word: lead + word, about }));
    },
  };
}

/** Nothing where there is no store or it cannot be read: who presses a key has asked for no message. */
async function look(
  open: () => JobStoreReader,
  countMax: number,
  choose: (jobs: readonly JobSummary[]) => readonly Candidate[],
): Promise<readonly Candidate[]> {
  try {
    const reader = open();
    try {
      return choose(await newest(reader, countMax)).filter(({ word }) => isPlainWord(word));
    } finally {
      await reader.close();
    }
  } catch {
    return [];
  }
}

async function newest(reader: JobStoreReader, countMax: number): Promise<readonly JobSummary[]> {
  const jobs: JobSummary[] = [];
  const signal = AbortSignal.timeout(LOOK_MS);
  for await (const job of matchingJobs(reader, {}, { signal })) {
    jobs.push(job);
    if (jobs.length >= countMax) break;
  }
  return jobs.sort((a, b) => Number(b.latest - a.latest) || (a.jid < b.jid ? -1 : 1));
}

function jobCandidate({ jid, class: jobClass, state }: JobSummary): Candidate {
  return { word: jid, about: jobClass === null ? state : `${jobClass}, ${state}` };
}

/** A shell puts it on the command line as it is: what comes from spans must not be a command there. */
function isPlainWord(word: string): boolean {
  return /^[\w@%+:,./][\w@%+:,./-]*$/.test(word);
}
