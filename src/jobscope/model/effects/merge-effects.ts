/** The effects of several attempts together. */
import type { Effects, HttpEffect, RedisEffect, Rows, TableEffect } from "../effects-document.js";
import { NO_EFFECTS } from "../effects-document.js";
import { mergeOutcome } from "./effects-of.js";

export function mergeEffects(all: readonly Effects[]): Effects {
  return all.reduce(mergeTwo, NO_EFFECTS);
}

function mergeTwo(a: Effects, b: Effects): Effects {
  return {
    tables: writtenFirst(
      merged(
        [...a.tables, ...b.tables],
        ({ system, database, table }) => [system, database, table].join("\0"),
        tables,
      ),
    ),
    http: merged(
      [...a.http, ...b.http],
      ({ method, host, path_pattern }) => [method, host, path_pattern].join("\0"),
      calls,
    ),
    redis: merged(
      [...a.redis, ...b.redis],
      ({ host, command }) => [host, command].join("\0"),
      commands,
    ),
    jobs: merged(
      [...a.jobs, ...b.jobs],
      ({ class: name, queue }) => [name, queue].join("\0"),
      (one, other) => ({ ...one, jids: [...one.jids, ...other.jids] }),
    ),
    mail: { count: a.mail.count + b.mail.count },
    errors: a.errors + b.errors,
  };
}

/** Groups by key, in order of first appearance. */
function merged<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  merge: (a: Item, b: Item) => Item,
): readonly Item[] {
  const groups = new Map<string, Item>();
  for (const item of items) {
    const before = groups.get(keyOf(item));
    groups.set(keyOf(item), before === undefined ? item : merge(before, item));
  }
  return [...groups.values()];
}

function writtenFirst(all: readonly TableEffect[]): readonly TableEffect[] {
  const isWritten = ({ outcome }: TableEffect): boolean => outcome !== null;
  return [...all.filter(isWritten), ...all.filter((table) => !isWritten(table))];
}

function tables(a: TableEffect, b: TableEffect): TableEffect {
  return {
    ...a,
    reads: a.reads + b.reads,
    inserts: addRows(a.inserts, b.inserts),
    updates: addRows(a.updates, b.updates),
    deletes: addRows(a.deletes, b.deletes),
    outcome: mergeOutcome(a.outcome, b.outcome),
  };
}

/** A sum is known only when both parts are; a part without statements adds nothing. */
function addRows(a: Rows, b: Rows): Rows {
  if (a.statements === 0) return b;
  if (b.statements === 0) return a;
  const rows = a.rows === null || b.rows === null ? null : a.rows + b.rows;
  return { statements: a.statements + b.statements, rows };
}

function calls(a: HttpEffect, b: HttpEffect): HttpEffect {
  const statuses: Record<string, number> = { ...a.statuses };
  for (const [code, count] of Object.entries(b.statuses))
    statuses[code] = (statuses[code] ?? 0) + count;
  return {
    ...a,
    calls: a.calls + b.calls,
    statuses,
    failed: a.failed + b.failed,
    total_ns: a.total_ns + b.total_ns,
  };
}

function commands(a: RedisEffect, b: RedisEffect): RedisEffect {
  return { ...a, calls: a.calls + b.calls };
}
