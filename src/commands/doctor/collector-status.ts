/** `/status.json` of a running collector: what it noticed of late. What it says and what `doctor` reads of it. */
import type { NoticeFacts } from "../../jobscope/model/doctor/collector-facts.js";
import { safeJson } from "../../jobscope/inspect/safe-text.js";
import { unixNano } from "../../jobscope/model/time.js";
import { foreignExporter } from "../../receiver/foreign-exporter.js";
import type { Notice } from "../../receiver/notice.js";
import type { Page, PageOf } from "../../receiver/page.js";
import type { RecentNotice, RecentNotices } from "../../receiver/recent-notices.js";

export const STATUS_PATH = "/status.json";
const SCHEMA = "jobtrace.status/v1";
/** Of a text that a sender wrote. */
const LENGTH_MAX = 300;

export function createStatusPage(notices: RecentNotices, otherwise: PageOf): PageOf {
  return async (path) => (path === STATUS_PATH ? statusPage(notices.all()) : otherwise(path));
}

function statusPage(recent: readonly RecentNotice[]): Page {
  const notices = recent.map(({ notice, lastAt }) => {
    const { kind, sender, path, reason } = noticeFacts(notice);
    return { kind, sender, path, reason, last_at_ns: String(lastAt) };
  });
  const body = `${safeJson({ schema: SCHEMA, notices }, 2)}\n`;
  return { status: 200, type: "application/json", body };
}

function noticeFacts(notice: Notice): Omit<NoticeFacts, "lastAt" | "foreign"> {
  const part = (text: string): string => text.slice(0, LENGTH_MAX);
  const none = { sender: "", path: "", reason: "" };
  switch (notice.kind) {
    case "sender":
      return { ...none, kind: notice.kind, sender: part(notice.userAgent) };
    case "wrong_path":
      return {
        ...none,
        kind: notice.kind,
        sender: part(notice.userAgent),
        path: part(notice.path),
      };
    case "refused":
      return { ...none, kind: notice.kind, reason: part(notice.reason) };
    case "tls_client":
    case "signal_not_kept":
      return { ...none, kind: notice.kind };
  }
}

/** Empty for what is not such a page: another version's collector, or none at all. */
export function noticesIn(text: string): readonly NoticeFacts[] {
  try {
    const page = JSON.parse(text) as {
      readonly schema?: string;
      readonly notices?: readonly (Omit<NoticeFacts, "lastAt" | "foreign"> & {
        readonly last_at_ns: string;
      })[];
    };
    if (page.schema !== SCHEMA) return [];
    return (page.notices ?? []).map(({ last_at_ns: lastAt, kind, sender, path, reason }) => {
      const foreign = foreignExporter(path);
      return { kind, sender, path, reason, foreign, lastAt: unixNano(BigInt(lastAt)) };
    });
  } catch {
    return [];
  }
}
