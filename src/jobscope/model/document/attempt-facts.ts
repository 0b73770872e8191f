/** What a set-up that copies a job's facts onto its spans tells of an attempt: counters, worker, arguments. */
import type { Attempt, Job } from "../job-document.js";
import type { AttemptTrace } from "../job-trace.js";
import { numberAttribute, type Span, textAttribute } from "../span.js";

/** Its own spans first: they are sent when it has ended and know most. */
export function spansOfAttempt({ root, activeJob, start, spans }: AttemptTrace): readonly Span[] {
  return [root, activeJob, start, ...spans].filter((span) => span !== undefined);
}

/** Spans that stand for the attempt as a whole. */
function ownSpans({ root, activeJob, start }: AttemptTrace): readonly Span[] {
  return [root, activeJob, start].filter((span) => span !== undefined);
}

function firstText(spans: readonly Span[], ...keys: readonly string[]): string | undefined {
  for (const span of spans) {
    const text = textAttribute(span.attributes, ...keys);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Sidekiq's own counter: absent on the first run, 0 on the second. Only a set-up that records it has it. */
export function retryCount(attempt: AttemptTrace): number | null {
  for (const span of ownSpans(attempt)) {
    const count = numberAttribute(span.attributes, "jobtrace.retry_count");
    if (count !== undefined) return count;
  }
  return null;
}

/** How often Sidekiq may try again: its `retry` option. undefined: not recorded. */
export function retryLimit(attempt: AttemptTrace): number | undefined {
  const text = firstText(ownSpans(attempt), "jobtrace.retry");
  if (text === undefined) return undefined;
  if (text === "true") return RETRIES_DEFAULT;
  if (text === "false") return 0;
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** Sidekiq's `retry: true`. */
const RETRIES_DEFAULT = 25;

export function workerOf(attempt: AttemptTrace): Attempt["worker"] {
  const spans = spansOfAttempt(attempt);
  const [first] = spans;
  if (first === undefined) return null;
  // "host:pid", because a Ruby process has no host among its resource's attributes unless somebody put it there.
  const named = /^(.+):(\d{1,10})$/.exec(firstText(ownSpans(attempt), "jobtrace.worker") ?? "");
  const pid = named?.[2] ?? textAttribute(first.resource, "process.pid");
  const host = named?.[1] ?? textAttribute(first.resource, "host.name") ?? null;
  const thread = firstText(spans, "jobtrace.thread", "thread.id") ?? null;
  if (pid === undefined && host === null && thread === null) return null;
  return { host, pid: pid === undefined ? null : Number(pid), thread };
}

/** As the newest attempt that tells has them. */
export function argsOf(attempts: readonly AttemptTrace[]): Pick<Job, "args" | "args_reason"> {
  for (const attempt of attempts.toReversed()) {
    const text = firstText(ownSpans(attempt), "jobtrace.args");
    if (text === undefined) continue;
    const args = parseArgs(text);
    if (args !== undefined) return { args, args_reason: null };
    if (/^["[\s]*(?:\*+|x{3,}|\[?redacted\]?|filtered)/i.test(text))
      return { args: null, args_reason: "redacted" };
  }
  return { args: null, args_reason: "not_recorded" };
}

/** Integers that JavaScript cannot hold become texts, so that every digit is kept. */
function parseArgs(text: string): readonly unknown[] | undefined {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
  try {
    const value: unknown = JSON.parse(exact);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A batch of jobs that this one is in (Sidekiq Pro). */
export function batchIdOf(spans: readonly Span[]): string | null {
  return firstText(spans, "jobtrace.bid", "sidekiq.bid", "bid") ?? null;
}
