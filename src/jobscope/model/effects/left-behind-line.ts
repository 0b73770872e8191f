/** What a failed attempt left behind, in one line: `invoices 1 inserted (committed); h POST /charge, 1 call, 201`. */
import { countText } from "../count-text.js";
import type { Effects, HttpEffect } from "../effects-document.js";
import { tablesText } from "./effects-line.js";

/** Kinds of call that are told one by one. */
const CALLS_MAX = 5;

/** "" when there is nothing. */
export function leftBehindLine({ tables, http, jobs, mail }: Effects): string {
  const calls = http.slice(0, CALLS_MAX).map(callText);
  const more = http.slice(CALLS_MAX).reduce((sum, { calls: count }) => sum + count, 0);
  const pushed = jobs.reduce((sum, { jids }) => sum + jids.length, 0);
  return [
    tablesText(tables.filter(({ outcome }) => outcome !== null)),
    ...calls,
    more === 0 ? "" : `${counted(more, "more call")}`,
    pushed === 0 ? "" : `${counted(pushed, "job")} enqueued`,
    mail.count === 0 ? "" : `${counted(mail.count, "mail")} sent`,
  ]
    .filter(Boolean)
    .join("; ");
}

/** A call without an answer may have been made all the same. */
function callText({ method, host, path_pattern: path, calls, statuses }: HttpEffect): string {
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const codes = Object.entries(statuses).map(([code, count]) =>
    count === calls || count === 1 ? code : `${code} ×${countText(count)}`,
  );
  const silent = calls - answered;
  const without =
    silent === calls ? "no response recorded" : `${countText(silent)} without a response`;
  return [
    [host ?? "(host not recorded)", method, path].filter(Boolean).join(" "),
    counted(calls, "call"),
    ...codes,
    ...(silent === 0 ? [] : [without]),
  ].join(", ");
}

function counted(count: number, word: string): string {
  return `${countText(count)} ${word}${count === 1 ? "" : "s"}`;
}
