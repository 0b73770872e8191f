/** The parts of a job's document that the shop decides: everything but times, ids and addresses. */
import type { Effects } from "../../src/jobscope/model/effects-document.js";
import type { JobDocument } from "../../src/jobscope/model/job-document.js";

export interface Outline {
  readonly class: string | null;
  readonly queue: string | null;
  readonly service: string | null;
  readonly state: string;
  /** State and class of the error. */
  readonly attempts: readonly string[];
  /** Kind, title, jid. */
  readonly enqueuedBy: readonly string[];
}

export function outline({ job, attempts }: JobDocument): Outline {
  return {
    class: job.class,
    queue: job.queue,
    service: job.service,
    state: job.state,
    attempts: attempts.map(({ state, error }) => words(state, error?.class)),
    enqueuedBy: job.enqueued_by.map(({ kind, title, jid }) => words(kind, title, jid)),
  };
}

/**
 * The effects without durations and without what did not happen. Of Redis only the writes: a job that finds no open
 * connection in Sidekiq's pool opens one, which is a HELLO of its own, and whether it does is up to chance.
 */
export function changes({ tables, http, redis, jobs }: Effects) {
  return {
    tables: tables.map(({ database, table, reads, inserts, updates, deletes, outcome }) => ({
      table: `${database}.${table}`,
      ...(reads > 0 && { reads }),
      ...(inserts.statements > 0 && { inserts: inserts.statements }),
      ...(updates.statements > 0 && { updates: updates.statements }),
      ...(deletes.statements > 0 && { deletes: deletes.statements }),
      outcome,
    })),
    http: http.map(({ method, host, path_pattern: path, calls, statuses, failed }) => ({
      call: `${method} ${host}${path}`,
      calls,
      statuses,
      failed,
    })),
    redis: redis.filter(({ writes }) => writes).map(({ command, calls }) => ({ command, calls })),
    jobs: jobs.map(({ class: jobClass, queue, jids }) => `${jids.length} ${jobClass} in ${queue}`),
  };
}

export function enqueuedJids({ effects }: JobDocument): readonly string[] {
  return effects.jobs.flatMap(({ jids }) => jids);
}

function words(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part != null).join(" ");
}
