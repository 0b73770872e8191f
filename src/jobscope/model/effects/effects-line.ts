/** Effects in one line: `invoices 1 inserted, 1 updated (committed); billing.internal 1 POST`. */
import { countText } from "../count-text.js";
import type { Effects, HttpEffect, Rows, TableEffect } from "../effects-document.js";

/**
 * `wide`: also says what there was none of, and counts the errors, which have lines of their own. "" when there is
 * nothing to say. That tables were read and none was written is always said.
 */
export function effectsLine(effects: Effects, wide: boolean): string {
  const writes = effects.tables.filter(({ outcome }) => outcome !== null);
  const jobs = effects.jobs.reduce((sum, { jids }) => sum + jids.length, 0);
  const redis = effects.redis.reduce((sum, { calls }) => sum + calls, 0);
  const none = (text: string): string => (wide ? `no ${text}` : "");
  return [
    tablesText(writes) || (effects.tables.length > 0 ? "no writes" : none("writes")),
    httpText(effects.http) || none("HTTP"),
    redis > 0 ? `Redis ${countText(redis)} ${plural(redis, "command")}` : none("Redis"),
    jobs > 0 ? `${countText(jobs)} ${plural(jobs, "job")} enqueued` : none("jobs enqueued"),
    effects.mail.count > 0
      ? `${countText(effects.mail.count)} ${plural(effects.mail.count, "mail")} sent`
      : "",
    wide && effects.errors > 0
      ? `${countText(effects.errors)} ${plural(effects.errors, "error")}`
      : none("errors"),
  ]
    .filter(Boolean)
    .join("; ");
}

/** Neighbours with the same outcome share one: `orders 1 inserted, carts 1 updated (committed)`. */
export function tablesText(tables: readonly TableEffect[]): string {
  const groups: { outcome: string; texts: string[] }[] = [];
  for (const table of tables) {
    const outcome = outcomeText(table.outcome);
    const text = `${table.table} ${changesText(table)}`;
    if (groups.at(-1)?.outcome === outcome) groups.at(-1)?.texts.push(text);
    else groups.push({ outcome, texts: [text] });
  }
  return groups.map(({ outcome, texts }) => `${texts.join(", ")} (${outcome})`).join(", ");
}

function changesText({ inserts, updates, deletes }: TableEffect): string {
  return [
    [inserts, "inserted"] as const,
    [updates, "updated"] as const,
    [deletes, "deleted"] as const,
  ]
    .filter(([{ statements }]) => statements > 0)
    .map(([rows, word]) => `${changedText(rows)} ${word}`)
    .join(", ");
}

/** Rows where they are recorded; else the statements, said to be such. */
function changedText({ statements, rows }: Rows): string {
  return rows === null
    ? `${countText(statements)} ${plural(statements, "statement")}`
    : countText(rows);
}

function outcomeText(outcome: TableEffect["outcome"]): string {
  return (outcome ?? "unknown").replaceAll("_", " ");
}

function httpText(calls: readonly HttpEffect[]): string {
  const byHost = new Map<string, { methods: Map<string, number>; failed: number }>();
  for (const { host, method, calls: count, failed } of calls) {
    const entry = byHost.get(host ?? "(host not recorded)") ?? {
      methods: new Map<string, number>(),
      failed: 0,
    };
    entry.methods.set(method, (entry.methods.get(method) ?? 0) + count);
    entry.failed += failed;
    byHost.set(host ?? "(host not recorded)", entry);
  }
  return [...byHost]
    .map(([host, { methods, failed }]) => {
      const counts = [...methods]
        .map(([method, count]) => `${countText(count)} ${method}`)
        .join(", ");
      return `${host} ${counts}${failed > 0 ? `, ${countText(failed)} failed` : ""}`;
    })
    .join(", ");
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
