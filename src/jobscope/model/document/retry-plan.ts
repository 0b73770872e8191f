/** How often a job was tried, how often it may be, and when Sidekiq tries again. */
import type { Attempt, Job } from "../job-document.js";
import type { JobTrace } from "../job-trace.js";
import { formatInstant, NANOS_PER_SECOND, type UnixNano, unixNano } from "../time.js";
import { retryLimit } from "./attempt-facts.js";
import { createdAt, enqueuedAt } from "./job-times.js";

/** Attempts that a fresh set-up makes before a job can have been pushed again: a poll takes some seconds. Nanoseconds. */
const REPUSHED_AFTER = 10n * NANOS_PER_SECOND;

export function retryPlan(trace: JobTrace, attempts: readonly Attempt[]): Job["retry"] {
  const last = attempts.at(-1);
  const lastTrace = trace.attempts.at(-1);
  const limit = trace.attempts.map(retryLimit).findLast((each) => each !== undefined);
  const made = attempts.length;
  const least = Math.max(made, ...attempts.map(leastRank), repushedBefore(trace) ? made + 1 : 0);
  const failures = failuresSoFar(attempts);
  const isSpent = limit !== undefined && failures >= limit + 1;
  const mayRetry = last?.state === "failed" && last.handled === null && failures > 0 && !isSpent;
  const end = lastTrace?.root?.end;
  const window =
    mayRetry && end !== undefined && lastTrace?.root?.scope.name.endsWith("::Sidekiq") === true
      ? defaultBackoff(end, failures - 1)
      : undefined;
  return {
    attempts_made: made,
    attempts_at_least: least > made ? least : null,
    attempts_max: limit === undefined ? null : limit + 1,
    attempts_max_reason: limit === undefined ? "not_recorded" : null,
    next_at: window === undefined ? null : formatInstant(window.from),
    next_until: window === undefined ? null : formatInstant(window.until),
    next_basis: window === undefined ? null : "default_backoff",
  };
}

/** How often the job has failed, by Sidekiq's own counter where it is recorded. */
export function failuresSoFar(attempts: readonly Attempt[]): number {
  const last = attempts.at(-1);
  if (last?.retry_count != null) return last.retry_count + (last.state === "failed" ? 2 : 1);
  return attempts.filter(({ state }) => state === "failed").length;
}

/** Sidekiq's counter is absent on the first run and 0 on the second. */
function leastRank({ retry_count: count }: Attempt): number {
  return count === null ? 0 : count + 2;
}

/**
 * The first recorded attempt ran from a later push than the one recorded, which put the job straight on its queue: what
 * pushed it again was an attempt that failed and was not received.
 */
function repushedBefore({ attempts, enqueues }: JobTrace): boolean {
  const root = attempts[0]?.root;
  if (root === undefined || enqueues.length !== 1 || enqueues[0]?.scheduled !== false) return false;
  const created = createdAt(root);
  const pushed = enqueuedAt(root);
  return created !== undefined && pushed !== undefined && pushed - created > REPUSHED_AFTER;
}

/**
 * Sidekiq's default, in seconds: `count**4 + 15 + rand(10 * (count + 1))`, from the end of the attempt that failed; `count` is
 * 0 after the first failure. A class may define its own.
 */
function defaultBackoff(
  end: UnixNano,
  count: number,
): { readonly from: UnixNano; readonly until: UnixNano } {
  const seconds = BigInt(count) ** 4n + 15n;
  const jitter = 10n * BigInt(count + 1) - 1n;
  const from = end + seconds * NANOS_PER_SECOND;
  return { from: unixNano(from), until: unixNano(from + jitter * NANOS_PER_SECOND) };
}
