/** The time that is added up: what was asked for, or the last day that is in the store, whatever the clock says. */
import type { JobFilter } from "../jobscope/inspect/job-filter.js";
import { listJobs } from "../jobscope/inspect/job-list.js";
import { type ListView, momentText } from "../jobscope/inspect/job-list-text.js";
import { formatInstant, NANOS_PER_SECOND, unixNano } from "../jobscope/model/time.js";
import { rangeText } from "../jobscope/inspect/time-range.js";
import type { JobStoreReader } from "../jobscope/store/job-store.js";
import type { Context } from "./context.js";

/** Back from the newest job, or from `--until`. */
const WINDOW_DEFAULT = 86_400n * NANOS_PER_SECOND;

export interface Window {
  readonly filter: JobFilter;
  /** `24h to 09:15`, `since 08:15`. */
  readonly words: string;
}

export async function windowOf(
  reader: JobStoreReader,
  filter: JobFilter,
  view: ListView,
): Promise<Window> {
  const { since, until } = filter;
  const zone = view.zone === "local" ? "" : ` ${view.zone}`;
  const moment = (at: bigint): string => momentText(formatInstant(unixNano(at)), view) + zone;
  if (since !== undefined)
    return {
      filter,
      words: `since ${moment(since)}${until === undefined ? "" : ` until ${moment(until)}`}`,
    };
  const end = until ?? (await listJobs(reader, { limit: 1 }))[0]?.latest;
  if (end === undefined) return { filter, words: "nothing is in the store" };
  return {
    filter: { ...filter, since: unixNano(end - WINDOW_DEFAULT) },
    words: `24h to ${moment(end)}`,
  };
}

/** Where no job lies in the time that was asked for: of which time there are any. */
export async function noteNewest(
  reader: JobStoreReader,
  view: ListView,
  { note }: Pick<Context, "note">,
): Promise<void> {
  const [newest] = await listJobs(reader, { limit: 1 });
  if (newest === undefined) return;
  const at = formatInstant(newest.latest);
  note(`jobtrace: no such job; the newest one in the store was ${rangeText(at, at, view)}`);
}
