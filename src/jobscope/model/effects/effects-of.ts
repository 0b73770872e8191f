/** What steps changed and called, counted: the blast radius of an attempt. Statements and rows are never mixed. */
import type { Effects, HttpEffect, RedisEffect, Rows, TableEffect } from "../effects-document.js";
import type { Db, Step } from "../step-document.js";
import { isRedisConnecting, writesRedis } from "../titles/redis-title.js";

export function effectsOf(steps: readonly Step[]): Effects {
  return {
    tables: tableEffects(steps),
    http: httpEffects(steps),
    redis: redisEffects(steps),
    jobs: jobEffects(steps),
    mail: { count: steps.filter(({ kind }) => kind === "mail").length },
    errors: errorCount(steps),
  };
}

/** A failure that no step recorded, such as one raised by the job's own code, is an error as well. */
function errorCount(steps: readonly Step[]): number {
  const inSteps = steps.filter(
    ({ status, kind }) => status === "error" && kind !== "failed",
  ).length;
  return Math.max(inSteps, steps.some(({ kind }) => kind === "failed") ? 1 : 0);
}

const NO_ROWS: Rows = { statements: 0, rows: null };
const WRITES: Readonly<Record<string, "inserts" | "updates" | "deletes">> = {
  INSERT: "inserts",
  REPLACE: "inserts",
  COPY: "inserts",
  UPDATE: "updates",
  MERGE: "updates",
  DELETE: "deletes",
  TRUNCATE: "deletes",
};

/** What was written in the order of the first write, then what was only read. */
function tableEffects(steps: readonly Step[]): readonly TableEffect[] {
  const tables = new Map<string, TableEffect>();
  const written = new Set<string>();
  for (const { detail, status } of steps) {
    if (detail?.type !== "db") continue;
    for (const table of detail.tables) {
      const key = [detail.system, detail.database, table].join("\0");
      const before = tables.get(key) ?? emptyTable(detail, table);
      // A statement that failed changed nothing; it is counted as an error.
      const write = table === detail.target && status !== "error" ? WRITES[detail.verb] : undefined;
      if (write !== undefined) written.add(key);
      tables.set(
        key,
        write === undefined ? withRead(before, detail) : withWrite(before, write, detail),
      );
    }
  }
  const keys = [...written, ...[...tables.keys()].filter((key) => !written.has(key))];
  return keys.flatMap((key) => tables.get(key) ?? []).filter(hasEffect);
}

function emptyTable({ system, database }: Db, table: string): TableEffect {
  return {
    system,
    database,
    table,
    reads: 0,
    inserts: NO_ROWS,
    updates: NO_ROWS,
    deletes: NO_ROWS,
    outcome: null,
  };
}

function hasEffect({ reads, inserts, updates, deletes }: TableEffect): boolean {
  return reads + inserts.statements + updates.statements + deletes.statements > 0;
}

function withRead(effect: TableEffect, { verb, target, tables }: Db): TableEffect {
  const isRead =
    verb === "SELECT" ||
    (verb === "COPY" && target === null) ||
    (target !== null && tables.some((table) => table === effect.table && table !== target));
  return isRead ? { ...effect, reads: effect.reads + 1 } : effect;
}

function withWrite(
  effect: TableEffect,
  write: "inserts" | "updates" | "deletes",
  detail: Db,
): TableEffect {
  const { statements, rows } = effect[write];
  const affected = detail.rows_affected;
  // Rows are a total only while every statement recorded its own.
  const known = affected !== null && (statements === 0 || rows !== null);
  return {
    ...effect,
    [write]: { statements: statements + 1, rows: known ? (rows ?? 0) + affected : null },
    outcome: mergeOutcome(effect.outcome, writeOutcome(detail.outcome)),
  };
}

/** Outside a transaction every statement commits by itself. */
function writeOutcome(outcome: Db["outcome"]): NonNullable<TableEffect["outcome"]> {
  return outcome === "autocommit" ? "committed" : outcome;
}

export function mergeOutcome(
  a: TableEffect["outcome"],
  b: TableEffect["outcome"],
): TableEffect["outcome"] {
  if (a === null || a === b) return b;
  return b === null ? a : "mixed";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function httpEffects(steps: readonly Step[]): readonly HttpEffect[] {
  const calls = new Map<string, HttpEffect>();
  for (const { detail, duration_ns: duration } of steps) {
    if (detail?.type !== "http") continue;
    const { method, host, path_pattern: pattern, status } = detail;
    const key = [method, host, pattern].join("\0");
    const before = calls.get(key) ?? {
      method,
      host,
      path_pattern: pattern,
      calls: 0,
      statuses: {},
      failed: 0,
      total_ns: 0,
    };
    const code = status === null ? undefined : String(status);
    calls.set(key, {
      ...before,
      calls: before.calls + 1,
      // Integer-like keys of an object stand in ascending order.
      statuses:
        code === undefined
          ? before.statuses
          : { ...before.statuses, [code]: (before.statuses[code] ?? 0) + 1 },
      failed: before.failed + (status === null || status >= 500 ? 1 : 0),
      total_ns: before.total_ns + (duration ?? 0),
    });
  }
  return [...calls.values()].sort(
    (a, b) =>
      compare(a.host ?? "", b.host ?? "") ||
      compare(a.method, b.method) ||
      compare(a.path_pattern ?? "", b.path_pattern ?? ""),
  );
}

function redisEffects(steps: readonly Step[]): readonly RedisEffect[] {
  const effects = new Map<string, RedisEffect>();
  for (const { detail } of steps) {
    if (detail?.type !== "redis") continue;
    for (const { name, count } of detail.commands.filter(
      (command) => !isRedisConnecting(command.name),
    )) {
      const key = [detail.host, name].join("\0");
      const calls = (effects.get(key)?.calls ?? 0) + count;
      effects.set(key, { host: detail.host, command: name, calls, writes: writesRedis(name) });
    }
  }
  return [...effects.values()].sort(
    (a, b) => compare(a.host ?? "", b.host ?? "") || compare(a.command, b.command),
  );
}

function jobEffects(steps: readonly Step[]): Effects["jobs"] {
  const jobs = new Map<
    string,
    { readonly class: string; readonly queue: string | null; readonly jids: string[] }
  >();
  for (const { detail } of steps) {
    if (detail?.type !== "enqueue") continue;
    const key = [detail.class, detail.queue].join("\0");
    const group = jobs.get(key) ?? { class: detail.class, queue: detail.queue, jids: [] };
    group.jids.push(detail.jid);
    jobs.set(key, group);
  }
  return [...jobs.values()];
}
