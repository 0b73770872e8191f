/** Ids that an id that leads nowhere may have been meant for, each with what makes it near. */
import type { JobStoreReader } from "../store/job-store.js";
import { isJob } from "./jobs-of-trace.js";
import type { JobSummary } from "./job-summary.js";
import { summariseJob } from "./summarise-job.js";

export interface NearJob extends JobSummary {
  /** `last digit`, `first 4 match`. */
  readonly reason: string;
}

const NEAREST_MAX = 5;
/** Beginnings shorter than this are alike by chance. Characters. */
const COMMON_PREFIX_MIN = 4;
/** Jobs with one beginning that are looked at. */
const CANDIDATES_MAX = 500;
/** Shorter ids are within two changes of each other by chance. Characters. */
const EDITED_LENGTH_MIN = 8;
const EDITS_MAX = 2;
/** The newest jobs, whose ids are compared character by character. */
const COMPARED_MAX = 20_000;

/** First those that share the longest beginning, then those that differ in two places at most; newest first among equals. */
export async function nearestIds(reader: JobStoreReader, id: string): Promise<readonly NearJob[]> {
  const byPrefix = await sharingBeginning(reader, id);
  if (byPrefix.length >= NEAREST_MAX) return byPrefix.slice(0, NEAREST_MAX);
  const known = new Set(byPrefix.map(({ jid }) => jid));
  const edited = (await differingLittle(reader, id)).filter(({ jid }) => !known.has(jid));
  return [...byPrefix, ...edited].slice(0, NEAREST_MAX);
}

async function sharingBeginning(reader: JobStoreReader, id: string): Promise<readonly NearJob[]> {
  const found: NearJob[] = [];
  for (
    let length = id.length - 1;
    length >= COMMON_PREFIX_MIN && found.length < NEAREST_MAX;
    length--
  ) {
    const ids = await reader.findJobIds(id.slice(0, length), CANDIDATES_MAX);
    const fresh = ids.filter((each) => !found.some(({ jid }) => jid === each));
    found.push(...(await summaries(reader, fresh, (jid) => reasonOf(id, jid))));
  }
  return found;
}

async function differingLittle(reader: JobStoreReader, id: string): Promise<readonly NearJob[]> {
  if (id.length < EDITED_LENGTH_MIN) return [];
  const close: { readonly jid: string; readonly edits: number }[] = [];
  let compared = 0;
  for await (const { jobId } of reader.jobs({})) {
    const edits = editsBetween(id, jobId, EDITS_MAX);
    if (edits !== undefined && !close.some(({ jid }) => jid === jobId))
      close.push({ jid: jobId, edits });
    if (++compared === COMPARED_MAX || close.length === CANDIDATES_MAX) break;
  }
  const byEdits = [1, 2].map((edits) => close.filter((each) => each.edits === edits));
  const found: NearJob[] = [];
  for (const each of byEdits)
    found.push(
      ...(await summaries(
        reader,
        each.map(({ jid }) => jid),
        (jid) => reasonOf(id, jid),
      )),
    );
  return found;
}

/** Newest first. */
async function summaries(
  reader: JobStoreReader,
  jids: readonly string[],
  reason: (jid: string) => string,
): Promise<readonly NearJob[]> {
  const found: NearJob[] = [];
  for (const jid of jids) {
    const summary = await summariseJob(reader, (await reader.findRows(jid)).filter(isJob));
    if (summary !== undefined) found.push({ ...summary, reason: reason(jid) });
  }
  return found.sort((a, b) => (a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0));
}

/** What a person sees when the two stand below each other. */
export function reasonOf(id: string, jid: string): string {
  const shared = commonLength(id, jid);
  const isSameLength = id.length === jid.length;
  if (isSameLength && shared === id.length - 1) return `last ${noun(id, jid)}`;
  const edits = editsBetween(id, jid, EDITS_MAX);
  if (edits !== undefined) {
    if (isSameLength && edits === 1) return `${noun(id, jid)} ${shared + 1}`;
    return edits === 1 ? `1 character ${jid.length > id.length ? "more" : "less"}` : "2 changes";
  }
  return `first ${shared} match`;
}

function noun(id: string, jid: string): string {
  return /^[0-9a-f-]+$/i.test(id) && /^[0-9a-f-]+$/i.test(jid) ? "digit" : "character";
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/**
 * Insertions, deletions and replacements from one to the other; undefined: more than `max`. Only the cells of the table
 * within `max` of its diagonal can be that near.
 */
export function editsBetween(a: string, b: string, max: number): number | undefined {
  if (Math.abs(a.length - b.length) > max) return undefined;
  const far = max + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, at) => Math.min(at, far));
  for (let i = 1; i <= a.length; i++) {
    const current: number[] = Array.from({ length: b.length + 1 }, () => far);
    if (i <= max) current[0] = i;
    let least = current[0] ?? far;
    for (let j = Math.max(1, i - max); j <= Math.min(b.length, i + max); j++) {
      const replaced = (previous[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const cell = Math.min(replaced, (previous[j] ?? far) + 1, (current[j - 1] ?? far) + 1, far);
      current[j] = cell;
      least = Math.min(least, cell);
    }
    if (least > max) return undefined;
    previous = current;
  }
  const edits = previous[b.length] ?? far;
  return edits > max ? undefined : edits;
}
