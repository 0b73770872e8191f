/** The notices of late, each with when it was last: for who asks a running collector what is wrong. */
import type { UnixNano } from "../jobscope/model/time.js";
import type { Notice, OnNotice } from "./notice.js";

/** Different ones; the longest ago is forgotten first. */
const KEPT_MAX = 100;

export interface RecentNotice {
  readonly notice: Notice;
  readonly lastAt: UnixNano;
}

export interface RecentNotices {
  readonly add: OnNotice;
  /** The newest first. */
  all(): readonly RecentNotice[];
}

export function createRecentNotices(now: () => UnixNano): RecentNotices {
  /** In order of their last time. */
  const recent = new Map<string, RecentNotice>();
  return {
    add(notice) {
      const key = JSON.stringify(notice);
      recent.delete(key);
      recent.set(key, { notice, lastAt: now() });
      const [oldest] = recent.keys();
      if (recent.size > KEPT_MAX && oldest !== undefined) recent.delete(oldest);
    },
    all: () => [...recent.values()].reverse(),
  };
}
