/** The effects that one attempt had and another had not: by what was changed or called, not by how often. */
import type { Effects, Rows, TableEffect } from "../effects-document.js";

/** Reads are left out: they leave nothing behind. */
export function onlyIn(own: Effects, other: Effects): Effects {
  const tables = byKey(other.tables, tableKey);
  const calls = byKey(other.http, ({ method, host }) => [method, host].join("\0"));
  const commands = byKey(other.redis, ({ host, command }) => [host, command].join("\0"));
  const jobs = byKey(other.jobs, ({ class: name }) => name);
  return {
    tables: own.tables
      .map((table) => changesNotIn(table, tables.get(tableKey(table))))
      .filter((table) => table !== undefined),
    http: own.http.filter(({ method, host }) => !calls.has([method, host].join("\0"))),
    redis: own.redis.filter(
      ({ host, command, writes }) => writes && !commands.has([host, command].join("\0")),
    ),
    jobs: own.jobs.filter(({ class: name }) => !jobs.has(name)),
    mail: { count: other.mail.count === 0 ? own.mail.count : 0 },
    errors: 0,
  };
}

const NO_ROWS: Rows = { statements: 0, rows: null };

/** undefined: the other made every change that this one made, and they ended alike. */
function changesNotIn(own: TableEffect, other: TableEffect | undefined): TableEffect | undefined {
  if (own.outcome === null) return undefined;
  const endedAlike = other?.outcome === own.outcome;
  const missing = (rows: Rows, theirs: Rows | undefined): Rows =>
    endedAlike && (theirs?.statements ?? 0) > 0 ? NO_ROWS : rows;
  const only = {
    ...own,
    reads: 0,
    inserts: missing(own.inserts, other?.inserts),
    updates: missing(own.updates, other?.updates),
    deletes: missing(own.deletes, other?.deletes),
  };
  const count = only.inserts.statements + only.updates.statements + only.deletes.statements;
  return count === 0 ? undefined : only;
}

function tableKey({ system, database, table }: TableEffect): string {
  return [system, database, table].join("\0");
}

function byKey<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, Item> {
  return new Map(items.map((item) => [keyOf(item), item]));
}
