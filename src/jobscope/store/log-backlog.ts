/** What stands in the log from some record on: what somebody who reads it in order has still before him. */
import type { UnixNano } from "../model/time.js";
import type { IndexBatch, Lsn } from "./job-store.js";
import { sumRecords } from "./segment-facts.js";
import { openStoreFolder, type StoreFolder } from "./store-folder.js";
import { createStoreView } from "./store-view.js";

export interface LogBacklog {
  readonly spanCount: number;
  /** In the log; without indexes. */
  readonly bytes: number;
  /** Receipt of the earliest record; undefined: there is none. */
  readonly oldest: UnixNano | undefined;
  /** Of the latest. */
  readonly newest: UnixNano | undefined;
}

/** `from`: the first record that counts. @throws StoreError when there is no store or it cannot be read. */
export async function logBacklog(
  path: string,
  indexBatch: IndexBatch,
  from: Lsn,
): Promise<LogBacklog> {
  const folder = openStoreFolder(path);
  const view = createStoreView(folder, indexBatch);
  try {
    let sum: LogBacklog = { spanCount: 0, bytes: 0, oldest: undefined, newest: undefined };
    for (const { firstLsn, headers } of view.segments()) {
      const end = headers.at(-1)?.endLsn ?? firstLsn;
      if (end > from) sum = await added(sum, folder, firstLsn, from);
    }
    return sum;
  } finally {
    view.close();
  }
}

async function added(
  sum: LogBacklog,
  folder: StoreFolder,
  firstLsn: Lsn,
  from: Lsn,
): Promise<LogBacklog> {
  const more = await sumRecords(folder, firstLsn, from);
  if (more === undefined) return sum;
  return {
    spanCount: sum.spanCount + more.spanCount,
    bytes: sum.bytes + more.bytes,
    oldest: sum.oldest ?? more.oldest,
    newest: more.newest ?? sum.newest,
  };
}
